#pragma once
// Questions on the terminal.
#include <string>

namespace ccocker::cli {

// Prints `question` on standard output and reads a line of standard input. With `hidden` the terminal shows nothing of
// it; its settings come back, also when a signal ends the program. Errc::cancelled at the end of the input.
std::string ask_line(const std::string& question, bool hidden = false);

// "WARNING! ... Are you sure you want to continue? [y/N] ": true for y or Y.
bool confirm(const std::string& question);

// All of standard input, at most 64 KiB, without the line end that ends it.
std::string read_secret_from_input();

}  // namespace ccocker::cli
