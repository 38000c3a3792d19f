// fuzzes: runtime/control_message runtime/net/way_out runtime/net/address
//
// What stands on a control socket: any bytes are a message or none, and a message says the same when it is sent again.
#include <cstdlib>

#include "runtime/control_message.h"

using namespace ccocker::runtime;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::optional<ControlMessage> message = decode({reinterpret_cast<const char*>(data), size});
  if (!message) return 0;
  std::string bytes = encode(*message);
  std::optional<ControlMessage> again = decode(bytes);
  if (!again || encode(*again) != bytes) std::abort();
  return 0;
}
