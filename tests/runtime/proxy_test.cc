#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <chrono>

#include "catch.h"
#include "loop/io.h"
#include "loop/loop.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/net/port_proxy.h"

using namespace ccocker;
using namespace ccocker::runtime;
using namespace std::chrono_literals;

namespace {

struct Bound {
  Fd socket;
  SocketAddress address;
};

// On a free port of 127.0.0.1, with room for megabytes that nobody reads.
Bound bound_socket(int type) {
  Bound it{Fd(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)), {}};
  int room = 16 << 20;
  ::setsockopt(it.socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  SocketAddress any(Address::parse("127.0.0.1").value(), 0);
  REQUIRE(::bind(it.socket.get(), any.get(), any.length) == 0);
  REQUIRE(::getsockname(it.socket.get(), it.address.get(), &it.address.length) == 0);
  if (type == SOCK_STREAM) REQUIRE(::listen(it.socket.get(), 8) == 0);
  return it;
}

Fd connected(const SocketAddress& to, int type) {
  Fd client(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  REQUIRE(::connect(client.get(), to.get(), to.length) == 0);
  ::fcntl(client.get(), F_SETFL, O_NONBLOCK);
  return client;
}

// What `client` can send before anybody reads.
size_t fill(FdView client) {
  std::vector<char> bytes(1 << 20);
  size_t total = 0;
  for (ssize_t count; (count = ::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL)) > 0;)
    total += static_cast<size_t>(count);
  return total;
}

// Looks at what has arrived each time that it has a turn, until that is `total`; gives the most that came between two
// looks.
Task<size_t> largest_step(FdView listener, size_t total) {
  co_await io::poll(listener, POLLIN);
  Fd server = co_await io::accept(listener);
  size_t largest = 0, before = 0;
  while (before < total) {
    int now = 0;
    ::ioctl(server.get(), FIONREAD, &now);
    largest = std::max(largest, static_cast<size_t>(now) - before);
    before = static_cast<size_t>(now);
    co_await io::yield();
  }
  co_return largest;
}

}  // namespace

TEST_CASE("a connection with much to move lets others have their turns") {
  Bound front = bound_socket(SOCK_STREAM), container = bound_socket(SOCK_STREAM);
  Fd client = connected(front.address, SOCK_STREAM);
  size_t total = fill(client);
  REQUIRE(total > size_t{3} << 20);
  Loop loop;
  std::vector<Task<void>> background;
  background.push_back(proxy_connections(front.socket, container.address));
  // The window opens while bytes move, so the last ones may wait for a reader that there is not.
  Task<size_t> looking = until(largest_step(container.socket, size_t{2} << 20), std::move(background));
  CHECK(loop.run(timeout(60s, std::move(looking))) <= size_t{3} << 19);
}
