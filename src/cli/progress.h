#pragma once
// Shows a pull or a load on standard error while it runs.
#include <memory>
#include <string>

#include "loop/task.h"
#include "registry/pull.h"

namespace ccocker::cli {

class Progress : public registry::PullObserver {
 public:
  // Redraws until it is cancelled; runs beside the pull.
  virtual Task<void> animate() = 0;
  // The last state, after the pull has ended or failed; the cursor stands at the start of a fresh line.
  virtual void finish() {}
};

// Bars that redraw themselves on a terminal, a line per change of a layer's state elsewhere, nothing when `quiet`.
std::unique_ptr<Progress> make_progress(bool quiet);

std::string pulling_line(const registry::Reference& image);  // "latest: Pulling from library/busybox"

}  // namespace ccocker::cli
