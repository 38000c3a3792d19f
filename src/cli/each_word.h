#pragma once
// Commands that do one thing to each of their words (rm a b c): a failure is told and the rest still done.
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/interruptible.h"
#include "cli/output.h"
#include "loop/error.h"

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

}  // namespace ccocker::cli
