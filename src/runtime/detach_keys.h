#pragma once
#include <string>
#include <string_view>

namespace ccocker::runtime {

// "ctrl-p,ctrl-q", "a", "ctrl-@": the bytes they send; "" for none. Errc::invalid otherwise.
std::string parse_detach_keys(std::string_view text);

// Looks for the sequence in what is typed, across reads.
class DetachKeys {
 public:
  explicit DetachKeys(std::string sequence) : sequence_(std::move(sequence)) {}

  // What of `typed` belongs to the program: a beginning of the sequence is held back until the next key decides.
  // `detached` becomes true when the sequence is complete.
  std::string filter(std::string_view typed, bool& detached);

 private:
  std::string sequence_;
  size_t matched_ = 0;
};

}  // namespace ccocker::runtime
