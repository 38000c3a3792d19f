#include "runtime/init_program.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <span>

#include "loop/error.h"
#include "loop/sys.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U  // Linux 6.3
#endif

extern "C" {
extern const std::byte ccocker_init_program[];
extern const std::byte ccocker_init_program_end[];
}

namespace ccocker::runtime {
namespace {

Fd make_memory_file() {
  constexpr unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  Fd file(::memfd_create("ccocker-init", flags | MFD_EXEC));
  if (!file && errno == EINVAL)
    file = Fd(::memfd_create("ccocker-init", flags));  // an older kernel: all may be executed
  if (file) return file;
  Error error = Error::sys("memfd_create");
  if (error.errno_value() == EACCES)
    throw std::move(error).advise("the sysctl vm.memfd_noexec is 2: containers start with 0 or 1");
  throw error;
}

}  // namespace

Fd open_init_program() {
  Fd file = make_memory_file();
  std::span<const std::byte> program(ccocker_init_program, ccocker_init_program_end);
  ssize_t count = sys::retry([&] { return ::write(file.get(), program.data(), program.size()); });
  if (count != static_cast<ssize_t>(program.size())) throw Error::sys("write", "ccocker-init");
  if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
    throw Error::sys("fcntl", "F_ADD_SEALS");
  return file;
}

}  // namespace ccocker::runtime
