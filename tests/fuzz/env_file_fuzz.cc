// fuzzes: cli/env_flags cli/text loop/error
//
// --env-file: every entry has a name and no byte that execve(2) would cut at.
#include <cstdlib>

#include "cli/env_flags.h"
#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::cli;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  HostEnv host = [](const std::string&) { return std::optional<std::string>("value"); };
  try {
    for (const std::string& entry : parse_env_file("file", text, host)) {
      size_t equals = entry.find('=');
      if (equals == 0 || equals == entry.npos || entry.find('\0') != entry.npos) std::abort();
      if (entry.find('\n') != entry.npos) std::abort();
    }
  } catch (const Error&) {
  }
  return 0;
}
