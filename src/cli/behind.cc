#include "cli/behind.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/detach.h"

namespace ccocker::cli {
namespace {

constexpr int forwarded[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT, SIGTSTP, SIGALRM};
constexpr char left_word = 'l';

int exit_code_of(pid_t child) {
  int status = 0;
  if (sys::retry([&] { return ::waitpid(child, &status, 0); }) < 0) throw Error::sys("waitpid");
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void hand_on(FdView signals, pid_t child) {
  signalfd_siginfo info;
  if (::read(signals.get(), &info, sizeof info) != sizeof info) return;
  int signal = static_cast<int>(info.ssi_signo);
  // What the terminal sends (the kernel has no sender's pid for it) reaches the whole process group.
  if (info.ssi_code != SI_KERNEL) ::kill(child, signal);
  if (signal == SIGTSTP) ::raise(SIGSTOP);
}

// `report` ends with the child, and has a word before it when the child was left.
int wait_in_front(FdView report, FdView signals, pid_t child) {
  for (;;) {
    pollfd ready[] = {{report.get(), POLLIN, 0}, {signals.get(), POLLIN, 0}};
    if (sys::retry([&] { return ::poll(ready, 2, -1); }) < 0) throw Error::sys("poll");
    if (ready[1].revents) hand_on(signals, child);
    if (!ready[0].revents) continue;
    char word = 0;
    ssize_t count = sys::retry([&] { return ::read(report.get(), &word, 1); });
    return count == 1 && word == left_word ? 0 : exit_code_of(child);
  }
}

}  // namespace

std::optional<int> Behind::split() {
  sigset_t set, before;
  ::sigemptyset(&set);
  for (int signal : forwarded) ::sigaddset(&set, signal);
  ::sigprocmask(SIG_BLOCK, &set, &before);  // before the fork, so that none is lost
  sys::Pipe report = sys::pipe();
  std::fflush(nullptr);
  pid_t front = ::getpid();
  pid_t child = ::fork();
  if (child < 0) throw Error::sys("fork");
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != front) ::_exit(128 + SIGKILL);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    report_ = std::move(report.write_end);
    return std::nullopt;
  }
  report.write_end.reset();
  Fd signals(::signalfd(-1, &set, SFD_CLOEXEC));
  if (!signals) throw Error::sys("signalfd");
  return wait_in_front(report.read_end, signals, child);
}

void Behind::leave() {
  ::prctl(PR_SET_PDEATHSIG, 0);
  runtime::leave_caller();
  static_cast<void>(!::write(report_.get(), &left_word, 1));
  report_.reset();
}

}  // namespace ccocker::cli
