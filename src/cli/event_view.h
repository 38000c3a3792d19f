#pragma once
// How `events` chooses and prints.
#include <optional>
#include <string>
#include <vector>

#include "cli/filter.h"
#include "cli/template.h"
#include "runtime/event_log.h"

namespace ccocker::cli {

class EventView {
 public:
  // `format`: empty is Docker's line, "json" its JSON, anything else a template. Errc::invalid for what does not parse.
  EventView(const std::string& format, const std::vector<std::string>& filters, bool printable);

  bool fits(const runtime::Event& event) const;
  std::string line(const runtime::Event& event) const;  // without newline

 private:
  Filters filters_;
  std::optional<Template> template_;
  bool json_ = false, printable_ = true;
};

}  // namespace ccocker::cli
