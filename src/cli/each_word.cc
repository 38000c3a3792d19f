#include "cli/each_word.h"

#include <algorithm>
#include <optional>

#include "loop/scope.h"

namespace ccocker::cli {
namespace {

constexpr size_t words_at_once_max = 50;  // each has descriptors open

class SideBySide {
 public:
  SideBySide(const std::vector<std::string>& words, const WordAction& action)
      : words_(words), action_(action), outcomes_(words.size()) {}

  // Takes one word after the other; several of these run side by side.
  Task<void> work() {
    while (next_ < words_.size()) {
      size_t mine = next_++;
      Task<Outcome> task = outcome_of(words_[mine]);
      outcomes_[mine] = co_await task;
      tell_those_in_turn();
    }
  }

  int code() const { return code_; }

 private:
  struct Outcome {
    std::string text, failure;
  };

  Task<Outcome> outcome_of(std::string word) {
    Outcome outcome;
    try {
      Task<std::string> task = action_(std::move(word));
      outcome.text = co_await task;
    } catch (const Error& error) {
      if (error.code() == Errc::cancelled) throw;
      outcome.failure = error.what();
    }
    co_return outcome;
  }

  void tell_those_in_turn() {
    for (; told_ < outcomes_.size() && outcomes_[told_]; ++told_) {
      print(outcomes_[told_]->text);
      finish_output();
      if (outcomes_[told_]->failure.empty()) continue;
      complain(outcomes_[told_]->failure);
      code_ = exit_command_failure;
    }
  }

  const std::vector<std::string>& words_;
  const WordAction& action_;
  std::vector<std::optional<Outcome>> outcomes_;
  size_t next_ = 0, told_ = 0;
  int code_ = 0;
};

}  // namespace

int for_words_at_once(const std::vector<std::string>& words, const WordAction& action) {
  SideBySide all(words, action);
  std::vector<Task<void>> workers;
  for (size_t i = 0; i < std::min(words.size(), words_at_once_max); ++i) workers.push_back(all.work());
  Loop loop;
  run_interruptible(loop, ccocker::all(std::move(workers)));
  return all.code();
}

}  // namespace ccocker::cli
