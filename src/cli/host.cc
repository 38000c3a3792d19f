#include "cli/host.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "cli/terminal.h"
#include "loop/error.h"
#include "loop/sys.h"

namespace ccocker::cli {
namespace {

constexpr uint64_t file_bytes_max = 4u << 20;  // an environment beyond this could not be passed to execve(2) anyway

std::string working_directory() {
  char* path = ::get_current_dir_name();
  std::string out = path ? path : "/";
  std::free(path);
  return out;
}

std::string read_flag_file(const std::string& flag, const std::string& path) {
  try {
    Fd file = sys::openat(sys::cwd(), path, O_RDONLY);
    struct stat status = sys::fstat(file);
    if (S_ISDIR(status.st_mode)) throw Error(Errc::invalid, path + " is a directory");
    if (static_cast<uint64_t>(status.st_size) > file_bytes_max)
      throw Error(Errc::invalid, path + " is larger than 4 MiB");
    return sys::read_all(file);
  } catch (Error& error) {
    throw std::move(error).in("--" + flag);
  }
}

}  // namespace

Host this_host() {
  Host host;
  host.env = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  host.cwd = working_directory();
  long cpus = ::sysconf(_SC_NPROCESSORS_ONLN);
  host.cpus = cpus > 0 ? static_cast<unsigned>(cpus) : 1;
  host.read_file = read_flag_file;
  return host;
}

runtime::Stdio stdio_of(const Flags& flags) {
  runtime::Stdio stdio;
  stdio.interactive = flags.on("interactive");
  stdio.terminal = flags.on("tty");
  return stdio;
}

void require_terminal(const runtime::Stdio& stdio) {
  if (stdio.interactive && stdio.terminal && !is_terminal(Stream::in))
    throw NoTerminal(Errc::invalid, "-it: the input device is not a TTY; leave -t away");  // Docker's words
}

}  // namespace ccocker::cli
