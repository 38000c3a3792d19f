// fuzzes: registry/auth_challenge registry/http_text registry/manifest_json loop/error
// Headers and answers of registries and token servers.
#include "registry/auth_challenge.h"

#include <cstdlib>

#include "loop/error.h"
#include "registry/http_text.h"

using namespace ccocker;
using namespace ccocker::registry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const Challenge& challenge : parse_challenges(text))
    if (challenge.scheme.empty()) std::abort();
  if (base64_decode(base64_encode(text)) != std::string(text)) std::abort();
  base64_decode(text);
  for (char c : one_line(text) + server_message(text))
    if (c < 0x20 || c > 0x7e) std::abort();
  try {
    for (char c : parse_token_answer(text).value)
      if (c <= ' ' || c > 0x7e) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
