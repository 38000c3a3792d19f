#pragma once
// Commands that do one thing to each of their words (rm a b c): a failure is told and the rest still done.
#include <functional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/interruptible.h"
#include "cli/output.h"
#include "loop/error.h"
#include "loop/task.h"

namespace ccocker::cli {

// Gives the exit code: 0, or 1 when any word failed. A signal ends it at once.
template <typename Do>
int for_each_word(const std::vector<std::string>& words, Do action) {
  int code = 0;
  for (const std::string& word : words) {
    try {
      action(word);
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      finish_output();
      complain(error.what());
      code = exit_command_failure;
    }
  }
  return code;
}

// Does its thing to one word and gives what to print.
using WordAction = std::function<Task<std::string>(std::string word)>;

// The same, side by side: each word takes as long as its container does. What they give is printed in the order of the
// words.
int for_words_at_once(const std::vector<std::string>& words, const WordAction& action);

}  // namespace ccocker::cli
