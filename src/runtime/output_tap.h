#pragma once
#include <cstddef>
#include <span>

#include "loop/task.h"
#include "runtime/output_stream.h"

namespace ccocker::runtime {

// Sees a container's output as it comes, beside or in place of our own standard streams.
class OutputTap {
 public:
  virtual ~OutputTap() = default;
  virtual void take(OutputStream stream, std::span<const std::byte> bytes) = 0;  // does not wait, does not throw
  // Gives back when more may come: what reads slowly slows the container here.
  virtual Task<void> wait_for_room() = 0;
};

}  // namespace ccocker::runtime
