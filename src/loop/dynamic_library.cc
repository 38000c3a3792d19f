#include "loop/dynamic_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "loop/error.h"

namespace ccocker {

DynamicLibrary::DynamicLibrary(const char* soname, const char* package)
    : soname_(soname), handle_(::dlopen(soname, RTLD_NOW | RTLD_LOCAL)) {
  if (handle_) return;
  const char* reason = ::dlerror();
  throw Error(Errc::unsupported, fmt::format("{} is missing: apt-get install {} ({})", soname, package,
                                             reason ? reason : "no reason given"));
}

void* DynamicLibrary::find(const char* name) const {
  void* symbol = ::dlsym(handle_, name);
  if (!symbol) throw Error(Errc::unsupported, fmt::format("{} has no {}: it is another version", soname_, name));
  return symbol;
}

}  // namespace ccocker
