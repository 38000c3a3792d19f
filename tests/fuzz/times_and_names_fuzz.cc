// fuzzes: cli/duration cli/human_time cli/text cli/cp_tar_names loop/error
//
// Times and names of a tar's entries: any text is one or a failure in words.
#include <cstdlib>
#include <string>

#include "cli/cp_tar_names.h"
#include "cli/duration.h"
#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::cli;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  try {
    parse_moment_ns("since", text, 1'800'000'000'000'000'000);
  } catch (const Error&) {
  }
  try {
    std::string name = clean_tar_name(text);
    bool leads_out = name.starts_with('/') || name == ".." || name.starts_with("../") || name.ends_with("/..") ||
                     name.find("/../") != name.npos;
    if (leads_out) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
