#pragma once
// Where the commands print: standard output for results, standard error for the rest.
#include <string_view>

namespace ccocker::cli {

// Standard output, buffered by stdio; flushed and checked by finish_output.
void print(std::string_view text);
// One line on standard error, with "ccocker: " in front; control characters are made visible.
void complain(std::string_view line);
// Standard error as it is, in one write(2).
void print_error(std::string_view text);
// Writes what is buffered. Throws when standard output could not take it all (a full disk), so that no script takes
// half a list for a whole one.
void finish_output();

}  // namespace ccocker::cli
