#include "runtime/supervise.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <optional>

#include "loop/error.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/detach_keys.h"
#include "runtime/stdio_relay.h"
#include "runtime/terminal.h"

namespace ccocker::runtime {
namespace {

// So many interrupts in a row end a container that does not listen (PID 1 ignores what it has no handler for).
constexpr int interrupts_max = 3;
constexpr std::chrono::milliseconds raw_output_wait{100};

void send(FdView pidfd, int signal) {
  try {
    sys::pidfd_send_signal(pidfd, signal);
  } catch (Error& error) {
    if (error.errno_value() != ESRCH) throw;  // it has just ended
  }
}

struct SignalContext {
  Launch& launch;
  Stdio stdio;
  RawTerminal& terminal;
  const std::function<void()>& kill;
  const std::function<void(int)>& forwarded;
  int interrupts = 0;
};

void kill_at_once(SignalContext& context) {
  if (!context.kill) return;
  if (context.forwarded) context.forwarded(SIGKILL);
  context.kill();
}

void stop_ourselves(SignalContext& context) {
  context.terminal.restore();
  ::kill(::getpid(), SIGSTOP);
  context.terminal.make_raw();  // we were continued
}

void handle_signal(SignalContext& context, int signal) {
  if (signal == SIGWINCH && context.launch.terminal) {
    if (std::optional<winsize> size = terminal_size()) set_terminal_size(context.launch.terminal, *size);
    return;
  }
  if (context.forwarded) context.forwarded(signal);
  send(context.launch.pidfd, signal);
  if (signal == SIGTSTP) stop_ourselves(context);
  if (signal == SIGINT || signal == SIGTERM) {
    if (++context.interrupts >= interrupts_max) kill_at_once(context);
  }
}

// Our own terminal is gone: so is the container's, and what does not end by that is killed.
Task<void> end_after_hang_up(SignalContext& context) {
  hang_up(context.launch.terminal);
  co_await io::sleep(hang_up_grace);
  kill_at_once(context);
}

Task<void> forward_signals(SignalContext& context, io::SignalSource& source) {
  for (;;) {
    int signal = co_await source.next();
    handle_signal(context, signal);
    if (signal == SIGHUP && context.launch.terminal) co_await end_after_hang_up(context);
  }
}

// What is typed at our terminal, until it ends or we leave.
Task<void> forward_typed(Supervision& supervision, RawTerminal& terminal) {
  bool left = co_await forward_stdin_to_terminal(supervision.launch.terminal, DetachKeys(supervision.detach_keys));
  if (!left) co_return;
  terminal.restore();
  if (supervision.leave) supervision.leave();
}

}  // namespace

ForwardedSignals::ForwardedSignals()
    : source_({SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT, SIGTSTP, SIGWINCH, SIGALRM}) {}

Task<io::ExitStatus> supervise(Supervision supervision) {
  Launch& launch = supervision.launch;
  StdioPipes& pipes = supervision.pipes;
  bool ours = supervision.own_streams;
  bool shows_output = ours && supervision.stdio.output, shows_errors = ours && supervision.stdio.errors;
  IgnoreSigpipe ignore_sigpipe;
  RawTerminal terminal(ours ? supervision.stdio : Stdio{});
  SignalContext context{launch, supervision.stdio, terminal, supervision.kill, supervision.forwarded};

  Fd out_source = launch.terminal ? sys::dup(launch.terminal) : std::move(pipes.out);
  Relay out(std::move(out_source), FdView(shows_output ? STDOUT_FILENO : -1), OutputStream::out, supervision.tap,
            std::move(supervision.unwritten.out));
  Relay err(std::move(pipes.err), FdView(shows_errors ? STDERR_FILENO : -1), OutputStream::err, supervision.tap,
            std::move(supervision.unwritten.err));

  std::vector<Task<void>> beside = std::move(supervision.beside);
  if (supervision.signals) beside.push_back(forward_signals(context, supervision.signals->source()));
  beside.push_back(out.pump());
  if (!launch.terminal) beside.push_back(err.pump());
  if (ours && supervision.stdio.interactive)
    beside.push_back(launch.terminal ? forward_typed(supervision, terminal) : forward_stdin(std::move(pipes.in)));
  Task<io::ExitStatus> main = io::wait_exit(launch.pidfd);
  io::ExitStatus ended = co_await until(std::move(main), std::move(beside));
  launch.reaped = true;
  supervision.unwritten = {out.take_rest(), err.take_rest()};
  // What a terminal's line discipline has been through already is not for another one.
  if (ours && launch.terminal) co_await write_promptly(supervision.unwritten, raw_output_wait);
  co_return ended;
}

}  // namespace ccocker::runtime
