#include "cli/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "cli/text.h"
#include "loop/error.h"
#include "loop/sys.h"

namespace ccocker::cli {

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void print_error(std::string_view text) {
  while (!text.empty()) {
    ssize_t count = sys::retry([&] { return ::write(STDERR_FILENO, text.data(), text.size()); });
    if (count <= 0) return;  // nobody is left to tell
    text.remove_prefix(static_cast<size_t>(count));
  }
}

void complain(std::string_view line) { print_error("ccocker: " + printable(line) + "\n"); }

void finish_output() {
  bool failed = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  if (failed) throw Error::sys("write", "standard output");
}

}  // namespace ccocker::cli
