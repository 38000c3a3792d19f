// fuzzes: runtime/user_db loop/error loop/sys loop/fd
// Images' passwd and group files: nothing but Error comes out, and no number beyond Docker's bound.
#include "runtime/user_db.h"

#include <algorithm>
#include <cstdlib>

#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::runtime;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  size_t half = bytes.find('\0');
  std::string_view passwd = bytes.substr(0, half), group = half == bytes.npos ? bytes : bytes.substr(half + 1);
  for (const char* user : {"", "app", "0", "app:wheel", "7:7"}) {
    try {
      ResolvedUser resolved = resolve_user_in(passwd, group, user, {"wheel"});
      if (resolved.uid > 0x7fffffff || resolved.gid > 0x7fffffff) std::abort();
      if (!std::is_sorted(resolved.groups.begin(), resolved.groups.end())) std::abort();
    } catch (const Error&) {
    }
  }
  return 0;
}
