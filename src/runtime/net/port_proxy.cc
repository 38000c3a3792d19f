#include "runtime/net/port_proxy.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/scope.h"
#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

using namespace std::chrono_literals;

constexpr size_t pipe_bytes = 64 << 10;  // what a pipe holds (pipe(7))
constexpr auto accept_pause = 100ms;     // when descriptors have run out: the backlog waits meanwhile
constexpr auto connect_limit = 30s;

// Bytes on their way from one socket to the other: they stay in the kernel.
class Flow {
 public:
  Flow(FdView from, FdView to) : from_(from), to_(to), pipe_(sys::pipe(O_NONBLOCK)) {}

  // Until the sender has ended; then the end is passed on. Throws when a side is broken.
  //
  // splice(2) as ring operation would occupy a kernel thread for as long as the socket is silent (io_uring always
  // hands it to a worker), so the ring waits and the call itself is made here and never blocks.
  Task<void> run() {
    for (;;) {
      while (held_ == 0) {
        ssize_t count = move(from_, pipe_.write_end, pipe_bytes);
        if (count == 0) {
          ::shutdown(to_.get(), SHUT_WR);
          co_return;
        }
        if (count > 0) held_ = static_cast<size_t>(count);
        if (count < 0) co_await io::poll(from_, POLLIN);
      }
      while (held_ > 0) {
        ssize_t count = move(pipe_.read_end, to_, held_);
        if (count > 0) held_ -= static_cast<size_t>(count);
        if (count <= 0) co_await io::poll(to_, POLLOUT);
      }
    }
  }

 private:
  // -1: it would have to wait.
  static ssize_t move(FdView from, FdView to, size_t bytes) {
    ssize_t count = sys::retry(
        [&] { return ::splice(from.get(), nullptr, to.get(), nullptr, bytes, SPLICE_F_NONBLOCK | SPLICE_F_MOVE); });
    if (count < 0 && errno != EAGAIN) throw Error::sys("splice");
    return count;
  }

  FdView from_, to_;
  sys::Pipe pipe_;
  size_t held_ = 0;
};

Task<void> run_flow(FdView from, FdView to) {
  Flow flow(from, to);
  co_await flow.run();
}

// A refused or broken connection is the client's news, not ours: a reset tells it.
void reset_connection(FdView socket) {
  linger at_once{1, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

Task<void> connect_to(FdView socket, SocketAddress container) {
  co_await io::connect(socket, container.get(), container.length);
}

Task<void> serve_connection(Fd client, SocketAddress container) {
  try {
    Fd server(::socket(container.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!server) throw Error::sys("socket");
    Task<void> connecting = connect_to(server, container);
    co_await timeout(connect_limit, std::move(connecting));
    std::vector<Task<void>> ways;
    ways.push_back(run_flow(client, server));
    ways.push_back(run_flow(server, client));
    co_await all(std::move(ways));
  } catch (const Error& error) {
    reset_connection(client);
    if (error.code() == Errc::cancelled) throw;
  }
}

}  // namespace

// All that wait to be accepted; false when descriptors or memory have run out.
static bool accept_waiting(FdView listener, TaskGroup& connections, const SocketAddress& container) {
  for (;;) {
    int fd = sys::retry([&] { return ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK); });
    if (fd >= 0) {
      connections.spawn(serve_connection(Fd(fd), container));
      continue;
    }
    if (errno == EAGAIN) return true;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return false;
    // Else the connection was gone before it was accepted (accept(2), "Error handling").
  }
}

static Task<void> accept_connections(FdView listener, TaskGroup& connections, SocketAddress container) {
  for (;;) {
    co_await io::poll(listener, POLLIN);
    // One wait of the ring serves a whole burst; a multishot accept would hold an operation beyond its await.
    bool good = accept_waiting(listener, connections, container);
    if (!good) co_await io::sleep(accept_pause);
  }
}

Task<void> proxy_connections(FdView listener, SocketAddress container) {
  CancelScope* scope = co_await current_scope();
  TaskGroup connections(scope);
  std::exception_ptr failure;
  try {
    co_await accept_connections(listener, connections, container);
  } catch (...) {
    failure = std::current_exception();
  }
  connections.cancel();
  co_await connections.join();
  if (failure) std::rethrow_exception(failure);
}

Task<void> proxy_port(const BoundPort& port, SocketAddress container) {
  if (port.mapping.udp) return proxy_datagrams(port.socket, container);
  return proxy_connections(port.socket, container);
}

}  // namespace ccocker::runtime
