#pragma once
#include <cstddef>
#include <span>
#include <string_view>

#include "loop/fd.h"
#include "loop/io.h"
#include "loop/task.h"

namespace ccocker::registry {

// Takes bytes in order; where they go may have to be waited for.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Task<void> write(std::span<const std::byte> bytes) = 0;
  Task<void> write(std::string_view text) { return write(std::as_bytes(std::span(text))); }
};

// Writes to a file, pipe or terminal of the caller's.
class FdSink final : public ByteSink {
 public:
  explicit FdSink(FdView to) : to_(to) {}
  using ByteSink::write;
  Task<void> write(std::span<const std::byte> bytes) override {
    return io::write_all(to_, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

 private:
  FdView to_;
};

}  // namespace ccocker::registry
