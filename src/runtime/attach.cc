#include "runtime/attach.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/scope.h"
#include "loop/sync.h"
#include "runtime/detach_keys.h"
#include "runtime/stdio.h"
#include "runtime/supervise.h"
#include "runtime/terminal.h"

namespace ccocker::runtime {
namespace {

constexpr size_t typed_bytes_max = 4 << 10;

winsize our_size(const Stdio& stdio) { return stdio.terminal ? terminal_size().value_or(winsize{}) : winsize{}; }

// Gives how many bytes came; 0 at the end, as at every failure.
Task<size_t> read_input(std::span<std::byte> buffer) {
  size_t count = 0;
  try {
    count = co_await io::read(FdView(STDIN_FILENO), buffer);
    co_return count;
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;
    if (error.errno_value() != EAGAIN) co_return 0;
  }
  co_await io::poll(FdView(STDIN_FILENO), POLLIN);
  size_t again = co_await read_input(buffer);
  co_return again;
}

class Attachment {
 public:
  Attachment(ControlClient client, AttachOptions options)
      : client_(std::move(client)), options_(std::move(options)), keys_(options_.detach_keys) {}

  Task<AttachResult> run() {
    IgnoreSigpipe ignore_sigpipe;
    ForwardedSignals signals;
    RawTerminal terminal(options_.stdio);
    co_await say(ControlKind::attach);
    std::vector<Task<void>> beside;
    beside.push_back(pass_signals(signals.source()));
    if (options_.stdio.interactive) beside.push_back(pass_input());
    Task<AttachResult> main = receive();
    AttachResult result = co_await until(std::move(main), std::move(beside));
    co_return result;
  }

 private:
  Task<void> say(ControlKind kind, int number = 0, std::string text = {}) {
    ControlMessage message;
    message.kind = kind;
    message.flag = options_.stdio.interactive;
    message.size = our_size(options_.stdio);
    message.number = number;
    message.text = std::move(text);
    co_await client_.send(std::move(message));
  }

  Task<AttachResult> receive() {
    AttachResult result;
    for (;;) {
      std::optional<ControlMessage> message = co_await client_.next();
      if (detached_) break;
      if (!message)
        throw Error(Errc::failed, "the connection to the container's supervisor broke off: was that one killed?");
      const Stdio& stdio = options_.stdio;
      if (message->kind == ControlKind::out && stdio.output) co_await write(STDOUT_FILENO, std::move(message->text));
      if (message->kind == ControlKind::err && stdio.errors) co_await write(STDERR_FILENO, std::move(message->text));
      if (message->kind == ControlKind::refused) throw Error(Errc::conflict, "attaching to it: " + message->text);
      if (message->kind == ControlKind::room) input_room_ = input_room_.value_or(0) + message->number;
      joined_ |= message->kind == ControlKind::ok;
      input_changed_.wake_all();
      if (message->kind != ControlKind::exited) continue;
      result.exit_code = message->number;
      result.post_mortem = std::move(message->text);
      co_return result;
    }
    result.detached = true;
    co_return result;
  }

  // When nobody takes our output any more, we leave; the container goes on.
  Task<void> write(int fd, std::string bytes) {
    std::span<const std::byte> rest = std::as_bytes(std::span(bytes));
    while (!rest.empty() && !detached_) {
      bool full = false;
      try {
        size_t count = co_await io::write(FdView(fd), rest);
        rest = rest.subspan(count);
      } catch (const Error& error) {
        if (error.code() == Errc::cancelled) throw;
        full = error.errno_value() == EAGAIN;
        if (!full) leave();
      }
      if (full) co_await io::poll(FdView(fd), POLLOUT);
    }
  }

  Task<void> leave_on_purpose() {
    co_await say(ControlKind::leave);
    leave();
  }

  void leave() {
    detached_ = true;
    ::shutdown(client_.socket().get(), SHUT_RDWR);  // wakes `receive`
  }

  // Signals must not stand in line behind input that the program does not read, so no more is sent than its supervisor
  // has room for. One of an earlier version does not count.
  Task<void> wait_for_input_room() {
    while (!joined_ || (input_room_ && *input_room_ <= 0)) co_await input_changed_.wait();
  }

  Task<void> pass_input() {
    std::array<std::byte, typed_bytes_max> buffer;
    for (;;) {
      co_await wait_for_input_room();
      size_t count = co_await read_input(buffer);
      if (count == 0) break;
      std::string_view typed(reinterpret_cast<const char*>(buffer.data()), count);
      bool done = false;
      std::string text = options_.stdio.terminal ? keys_.filter(typed, done) : std::string(typed);
      if (input_room_) *input_room_ -= static_cast<int>(text.size());
      if (!text.empty()) co_await say(ControlKind::input, 0, std::move(text));
      if (done) {
        co_await leave_on_purpose();
        co_return;
      }
    }
    co_await say(ControlKind::end_input);
  }

  Task<void> pass_signals(io::SignalSource& source) {
    for (;;) {
      int signal = co_await source.next();
      if (signal == SIGWINCH) {
        co_await say(ControlKind::resize);
      } else if (signal == SIGHUP) {
        leave();  // our terminal is gone
      } else if (signal == SIGTSTP) {
        ::kill(::getpid(), SIGSTOP);
      } else if (signal == SIGCONT) {
        continue;
      } else if (options_.forward_signals) {
        co_await say(ControlKind::signal, signal);
      } else {
        co_await leave_on_purpose();
      }
    }
  }

  ControlClient client_;
  AttachOptions options_;
  DetachKeys keys_;
  bool detached_ = false, joined_ = false;
  std::optional<int> input_room_;  // bytes; none: not counted
  WaitList input_changed_;
};

}  // namespace

Task<AttachResult> attach(ControlClient client, AttachOptions options) {
  Attachment attachment(std::move(client), std::move(options));
  AttachResult result = co_await attachment.run();
  co_return result;
}

}  // namespace ccocker::runtime
