// fuzzes: cli/publish_flags runtime/net/address loop/error
#include <cstdlib>

#include "cli/publish_flags.h"
#include "loop/error.h"

using namespace ccocker;

// Whatever -p and --expose accept names ports that exist.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  try {
    for (const runtime::PublishedPort& port : cli::parse_publish(text))
      if (port.container_port == 0 || port.host_port > port.host_port_last) std::abort();
  } catch (const Error&) {
  }
  try {
    if (cli::parse_expose(text).empty()) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
