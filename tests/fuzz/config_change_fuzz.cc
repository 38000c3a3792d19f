// fuzzes: registry/config_change registry/text loop/error
// Dockerfile instructions of `commit -c`: any line is applied or refused, and the config stays an object.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "loop/error.h"
#include "registry/config_change.h"

using namespace ccocker;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string change(reinterpret_cast<const char*>(data), size);
  try {
    std::string config = registry::apply_config_changes(R"({"Env":["A=1"],"WorkingDir":"/w"})", {change});
    if (!nlohmann::json::parse(config).is_object()) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
