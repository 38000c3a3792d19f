#include "cli/apart.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "cli/command.h"
#include "cli/interruptible.h"
#include "cli/output.h"
#include "loop/sys.h"

namespace ccocker::cli {
namespace {

int exit_code_of(const std::function<void()>& body) {
  try {
    body();
    return 0;
  } catch (const Interrupted& error) {
    complain(error.what());
    return 128 + error.signal;
  } catch (const std::exception& error) {
    complain(error.what());
    return exit_own_failure;
  }
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

void run_apart(const std::function<void()>& body) {
  std::fflush(nullptr);
  pid_t child = ::fork();
  if (child < 0) throw Error::sys("fork");
  if (child == 0) ::_exit(exit_code_of(body));
  IgnoreInterrupts ignore;
  int status = 0;
  if (sys::retry([&] { return ::waitpid(child, &status, 0); }) < 0) throw Error::sys("waitpid");
  if (WIFSIGNALED(status)) throw EndedApart{128 + WTERMSIG(status)};
  if (WEXITSTATUS(status) != 0) throw EndedApart{WEXITSTATUS(status)};
}

}  // namespace ccocker::cli
