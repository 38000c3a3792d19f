#include "init/pid_one.h"

#include <linux/prctl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

#include <cerrno>

#include "init/report.h"
#include "runtime/syscalls.h"

namespace ccocker::init {

namespace raw = runtime::raw;

namespace {

constexpr uint64_t all_signals = ~uint64_t{0};

void block_signals(uint64_t mask) { raw::call<SYS_rt_sigprocmask>(SIG_SETMASK, &mask, nullptr, sizeof mask); }

// Reaps everything that has ended; leaves when the program itself has.
void reap(long program) {
  for (;;) {
    int status = 0;
    long ended = raw::call<SYS_wait4>(-1, &status, WNOHANG, nullptr);
    if (ended <= 0) return;
    if (ended == program) leave(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
  }
}

// /proc/1/environ is the program's variables and no more: people read it.
void hide(const Order& order) {
  volatile char* text = order.programs[0];
  for (unsigned ends = 0; ends <= order.programs_count; ++text) {  // of the programs, and of ORDER behind them
    if (!*text) ++ends;
    *text = 0;
  }
}

[[noreturn]] void serve(long program) {
  // Signals that are blocked wait for sigtimedwait even where PID 1 has no handler; unblocked they would be ignored.
  for (;;) {
    uint64_t mask = all_signals;
    long signal = raw::call<SYS_rt_sigtimedwait>(&mask, nullptr, nullptr, sizeof mask);
    if (signal > 0 && signal != SIGCHLD) raw::call<SYS_kill>(program, signal);
    reap(program);
  }
}

}  // namespace

void stay_as_init(const Order& order) {
  raw::call<SYS_prctl>(PR_SET_NAME, "ccocker-init", 0, 0, 0);  // else it is called by the number of a descriptor
  block_signals(all_signals);
  // As PID 1 it gets the orphans anyway.
  if (order.flags & is_subreaper) raw::call<SYS_prctl>(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  // clone with SIGCHLD alone is fork; the seccomp profile is in force by now and must allow it.
  long program = raw::call<SYS_clone>(SIGCHLD, 0, 0, 0, 0);
  if (program < 0) fail(order, runtime::Step::fork_init, program);
  if (program > 0) {
    hide(order);
    // Descriptors held here would keep pipes open and the parent waiting for the program's exec.
    raw::call<SYS_close_range>(0u, ~0u, 0u);
    serve(program);
  }
  // A process group of its own in the foreground, so that ^C on a terminal reaches the program and not the init.
  raw::call<SYS_setpgid>(0, 0);
  pid_t group = static_cast<pid_t>(raw::call<SYS_getpid>());
  if (order.flags & has_terminal) raw::call<SYS_ioctl>(0, TIOCSPGRP, &group);
  block_signals(0);
}

}  // namespace ccocker::init
