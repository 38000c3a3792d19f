#pragma once
#include <cstddef>
#include <memory>
#include <span>

namespace ccocker::registry {

// Compresses to one gzip member by ISA-L, without a time or name in its header: the same bytes always give the same
// bytes with one version of the library on one kind of processor.
class GzipEncoder {
 public:
  GzipEncoder();  // Errc::unsupported when the library is not installed
  GzipEncoder(const GzipEncoder&) = delete;
  GzipEncoder& operator=(const GzipEncoder&) = delete;
  ~GzipEncoder();

  struct Progress {
    size_t consumed, produced;
  };
  // With `last` the input is the end of it all: call with what is left until both counts are 0.
  Progress step(std::span<const std::byte> input, std::span<std::byte> output, bool last);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ccocker::registry
