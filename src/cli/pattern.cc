#include "cli/pattern.h"

#include "cli/bad_value.h"

namespace ccocker::cli {

Pattern::Pattern(const std::string& text) {
  int error = ::regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB);
  if (error == 0) return;
  char reason[128];
  ::regerror(error, &compiled_, reason, sizeof reason);
  bad_value("filter", "name=" + text, fmt::format("a regular expression ({})", reason));
}

bool Pattern::matches(const std::string& text) const { return ::regexec(&compiled_, text.c_str(), 0, nullptr, 0) == 0; }

}  // namespace ccocker::cli
