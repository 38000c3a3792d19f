#pragma once
// Regular expressions of --filter name=.
#include <regex.h>

#include <string>

namespace ccocker::cli {

// A POSIX extended regular expression, which stands for nearly all that people write in Docker's RE2: ^web$, a|b,
// [0-9]+, (x)?, {2}, \w. RE2's \d, (?i) and lazy repeats are not in it.
class Pattern {
 public:
  explicit Pattern(const std::string& text);  // Errc::invalid with what is wrong with it
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  ~Pattern() { ::regfree(&compiled_); }

  bool matches(const std::string& text) const;  // anywhere in it

 private:
  regex_t compiled_;
};

}  // namespace ccocker::cli
