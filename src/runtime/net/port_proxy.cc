#include "runtime/net/port_proxy.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/descriptor_limit.h"
#include "runtime/net/descriptor_share.h"

namespace ccocker::runtime {
namespace {

using namespace std::chrono_literals;

constexpr size_t pipe_bytes = 64 << 10;   // what a pipe holds (pipe(7))
constexpr auto descriptor_pause = 100ms;  // when they have run out: connections wait meanwhile
constexpr auto connect_limit = 30s;
constexpr int connections_a_turn_max = 64, moves_a_turn_max = 16;  // then others have a turn

// Empty pipes. A connection has one of them only while bytes are on their way, so a silent one costs two descriptors.
class Pipes {
 public:
  explicit Pipes(const DescriptorShare& share) : share_(share) {}

  // nullopt when there is no descriptor or memory for one.
  std::optional<sys::Pipe> take() {
    if (!keep_one()) return std::nullopt;
    sys::Pipe pipe = std::move(spare_.back());
    spare_.pop_back();
    return pipe;
  }

  void give_back(sys::Pipe pipe) {
    if (spare_.size() < spare_max) spare_.push_back(std::move(pipe));
  }

  // Has one ready, so that connections do not take the last descriptors and then cannot move a byte.
  bool keep_one() {
    if (!spare_.empty()) return true;
    try {
      sys::Pipe pipe = sys::pipe(O_NONBLOCK);
      if (!share_.covers(pipe)) return false;
      spare_.push_back(std::move(pipe));
      return true;
    } catch (const Error& error) {
      are_descriptors_gone(error.errno_value());
      return false;
    }
  }

 private:
  static constexpr size_t spare_max = 8;
  const DescriptorShare& share_;
  std::vector<sys::Pipe> spare_;
};

// Bytes on their way from one socket to the other: they stay in the kernel.
class Flow {
 public:
  Flow(FdView from, FdView to, Pipes& pipes) : from_(from), to_(to), pipes_(pipes) {}

  // Until the sender has ended; then the end is passed on. Throws when a side is broken.
  //
  // splice(2) as ring operation would occupy a kernel thread for as long as the socket is silent (io_uring always
  // hands it to a worker), so the ring waits and the call itself is made here and never blocks.
  Task<void> run() {
    bool readable = false;
    for (int moves = 1;; ++moves) {
      if (moves % moves_a_turn_max == 0) co_await io::yield();
      while (!pipe_) {
        pipe_ = pipes_.take();
        if (!pipe_) co_await io::sleep(descriptor_pause);
      }
      ssize_t count = move(from_, pipe_->write_end, pipe_bytes);
      for (ssize_t held = count; held > 0;) {
        ssize_t sent = move(pipe_->read_end, to_, static_cast<size_t>(held));
        if (sent > 0) held -= sent;
        if (sent <= 0) co_await io::poll(to_, POLLOUT);
      }
      bool waits = count < 0;
      // Where there was something to read, or nothing any more, it may have stopped at urgent data.
      bool may_be_urgent = count == 0 || (waits && readable);
      readable = false;
      if (may_be_urgent) {
        bool passed = co_await pass_byte();
        if (passed) continue;
      }
      if (count == 0) break;
      if (!waits) continue;
      pipes_.give_back(*std::exchange(pipe_, std::nullopt));
      co_await io::poll(from_, POLLIN);
      readable = true;
    }
    pipes_.give_back(*std::exchange(pipe_, std::nullopt));
    ::shutdown(to_.get(), SHUT_WR);
  }

 private:
  // -1: it would have to wait.
  static ssize_t move(FdView from, FdView to, size_t bytes) {
    ssize_t count = sys::retry(
        [&] { return ::splice(from.get(), nullptr, to.get(), nullptr, bytes, SPLICE_F_NONBLOCK | SPLICE_F_MOVE); });
    if (count < 0 && errno != EAGAIN) throw Error::sys("splice");
    return count;
  }

  // The byte at which splice(2) stops for ever, with EAGAIN or as if the end had come: one that was sent as urgent
  // (tcp.c, tcp_read_sock). It goes on as what it is. False when there is none.
  Task<bool> pass_byte() {
    int urgent = 0;
    ::ioctl(from_.get(), SIOCATMARK, &urgent);
    char byte;
    ssize_t count = sys::retry([&] { return ::recv(from_.get(), &byte, sizeof byte, MSG_DONTWAIT); });
    if (count < 0 && errno != EAGAIN) throw Error::sys("recv");
    if (count <= 0) co_return false;
    int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (urgent ? MSG_OOB : 0);
    while (sys::retry([&] { return ::send(to_.get(), &byte, sizeof byte, flags); }) < 0) {
      if (errno != EAGAIN) throw Error::sys("send");
      co_await io::poll(to_, POLLOUT);
    }
    co_return true;
  }

  FdView from_, to_;
  Pipes& pipes_;
  std::optional<sys::Pipe> pipe_;
};

Task<void> run_flow(FdView from, FdView to, Pipes& pipes) {
  Flow flow(from, to, pipes);
  co_await flow.run();
}

// A refused or broken connection is the client's news, not ours: a reset tells it.
void reset_connection(FdView socket) {
  linger at_once{1, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void set_option(FdView socket, int level, int option, int value) {
  ::setsockopt(socket.get(), level, option, &value, sizeof value);
}

// For either side of a connection. One whose machine has vanished is told by silence only: after 15 s and 9 questions
// as far apart it is broken. Urgent data is read in its place.
void prepare_side(FdView socket) {
  constexpr int silence_s = 15, questions = 9;
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, silence_s);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, silence_s);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, questions);
  set_option(socket, SOL_SOCKET, SO_OOBINLINE, 1);
}

Task<void> connect_to(FdView socket, SocketAddress container) {
  co_await io::connect(socket, container.get(), container.length);
}

Task<void> serve_connection(Fd client, Fd server, SocketAddress container, Pipes& pipes) {
  prepare_side(client);
  prepare_side(server);
  try {
    Task<void> connecting = connect_to(server, container);
    co_await timeout(connect_limit, std::move(connecting));
    std::vector<Task<void>> ways;
    ways.push_back(run_flow(client, server, pipes));
    ways.push_back(run_flow(server, client, pipes));
    co_await all(std::move(ways));
  } catch (const Error& error) {
    reset_connection(client);
    if (error.code() == Errc::cancelled) throw;
  }
}

// One listener and what came by it.
class ConnectionProxy {
 public:
  ConnectionProxy(FdView listener, SocketAddress container, TaskGroup& connections)
      : listener_(listener), container_(container), connections_(connections), share_(listener), pipes_(share_) {}

  Task<void> run() {
    for (;;) {
      co_await io::poll(listener_, POLLIN);
      // One wait of the ring serves a whole burst; a multishot accept would hold an operation beyond its await.
      bool good = accept_waiting();
      if (!good) co_await io::sleep(descriptor_pause);
    }
  }

 private:
  // Those that wait to be accepted; false when descriptors or memory have run out, or others need the last of them.
  bool accept_waiting() {
    for (int i = 0; i < connections_a_turn_max; ++i) {
      // What a connection needs comes first: one that is accepted is not turned away for want of descriptors.
      Fd server(::socket(container_.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      if (!server) {
        are_descriptors_gone(errno);
        return false;
      }
      if (!share_.covers(server) || !pipes_.keep_one() || !share_.covers_next(listener_)) return false;
      int fd = sys::retry([&] { return ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK); });
      if (fd >= 0) {
        connections_.spawn(serve_connection(Fd(fd), std::move(server), container_, pipes_));
        continue;
      }
      if (errno == EAGAIN) return true;
      if (are_descriptors_gone(errno) || errno == ENOBUFS || errno == ENOMEM) return false;
      // Else the connection was gone before it was accepted (accept(2), "Error handling").
    }
    return true;
  }

  FdView listener_;
  SocketAddress container_;
  TaskGroup& connections_;
  DescriptorShare share_;
  Pipes pipes_;
};

}  // namespace

Task<void> proxy_connections(FdView listener, SocketAddress container) {
  CancelScope* scope = co_await current_scope();
  TaskGroup connections(scope);
  ConnectionProxy proxy(listener, container, connections);
  Task<void> serving = proxy.run();
  co_await then_cancel(std::move(serving), connections);
}

Task<void> proxy_port(const BoundPort& port, SocketAddress container) {
  if (port.mapping.udp) return proxy_datagrams(port.socket, container);
  return proxy_connections(port.socket, container);
}

}  // namespace ccocker::runtime
