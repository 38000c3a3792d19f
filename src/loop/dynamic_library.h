#pragma once
#include <type_traits>

namespace ccocker {

// A C library that is loaded when it is first needed, so that `run` never pays for what only `pull` uses. It stays
// loaded until the process ends. Each library gets one table of typed symbols:
//   DynamicLibrary library("libzstd.so.1", "libzstd1");
//   decltype(&ZSTD_createDStream) create = library.symbol<decltype(&ZSTD_createDStream)>("ZSTD_createDStream");
class DynamicLibrary {
 public:
  // Errc::unsupported names `package` when the library is missing: "libzstd.so.1 is missing: apt-get install libzstd1".
  DynamicLibrary(const char* soname, const char* package);

  // Errc::unsupported when the library has no such symbol (another version than the headers this was built with).
  template <typename Function>
  Function symbol(const char* name) const {
    static_assert(std::is_pointer_v<Function>);
    return reinterpret_cast<Function>(find(name));
  }

 private:
  void* find(const char* name) const;
  const char* soname_;
  void* handle_;
};

}  // namespace ccocker
