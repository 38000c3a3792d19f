#include "cli/apart.h"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "cli/interruptible.h"
#include "cli/output.h"
#include "loop/error.h"
#include "loop/sys.h"

namespace ccocker::cli {
namespace {

enum Ending { gave, threw };  // exit codes of the child; more than 128 for a signal

// Runs it, leaves what it gives or throws in `answer`, and gives the exit code.
int answer_with(const std::function<std::string()>& body, FdView answer) {
  try {
    sys::write_all(answer, body());
    return gave;
  } catch (const Interrupted& error) {
    complain(error.what());
    return 128 + error.signal;
  } catch (const Error& error) {
    sys::write_all(answer, error.to_bytes());
  } catch (const std::exception& error) {
    sys::write_all(answer, Error(Errc::failed, std::string("internal error: ") + error.what()).to_bytes());
  }
  return threw;
}

// The terminal's ^C reaches both of us: the child ends its work cleanly and we wait for that.
class IgnoreInterrupts {
 public:
  IgnoreInterrupts() : int_(::signal(SIGINT, SIG_IGN)), hup_(::signal(SIGHUP, SIG_IGN)) {}
  IgnoreInterrupts(const IgnoreInterrupts&) = delete;
  IgnoreInterrupts& operator=(const IgnoreInterrupts&) = delete;
  ~IgnoreInterrupts() {
    ::signal(SIGINT, int_);
    ::signal(SIGHUP, hup_);
  }

 private:
  void (*int_)(int);
  void (*hup_)(int);
};

}  // namespace

std::string run_apart(const std::function<std::string()>& body) {
  std::fflush(nullptr);
  // A file and no pipe: its end comes with the child's, whoever else was forked there meanwhile.
  Fd answer(::memfd_create("apart", MFD_CLOEXEC));
  if (!answer) throw Error::sys("memfd_create");
  pid_t child = ::fork();
  if (child < 0) throw Error::sys("fork");
  if (child == 0) ::_exit(answer_with(body, answer));
  IgnoreInterrupts ignore;
  int status = 0;
  if (sys::retry([&] { return ::waitpid(child, &status, 0); }) < 0) throw Error::sys("waitpid");
  if (WIFSIGNALED(status))
    throw Error(Errc::failed, fmt::format("the process that fetches the image was killed by signal {} ({}){}; try again",
                                          WTERMSIG(status), ::strsignal(WTERMSIG(status)),
                                          WTERMSIG(status) == SIGKILL ? ": is there too little memory?" : ""));
  int code = WEXITSTATUS(status);
  if (code != gave && code != threw) throw EndedApart{code};
  if (::lseek(answer.get(), 0, SEEK_SET) < 0) throw Error::sys("lseek");
  std::string bytes = sys::read_all(answer);
  if (code == threw) throw Error::from_bytes(bytes);
  return bytes;
}

}  // namespace ccocker::cli
