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

// How many turns it has from when something has arrived until that is `total`. Bytes may arrive later than they are
// sent, which makes more turns of it, never fewer.
Task<int> turns_meanwhile(FdView listener, size_t total) {
  co_await io::poll(listener, POLLIN);
  Fd server = co_await io::accept(listener);
  int turns = 0, arrived = 0;
  while (static_cast<size_t>(arrived) < total) {
    ::ioctl(server.get(), FIONREAD, &arrived);
    turns += arrived > 0;
    co_await io::yield();
  }
  co_return turns;
}

// Answers each datagram with the port that it came from.
Task<void> tell_ports(FdView socket) {
  for (;;) {
    co_await io::poll(socket, POLLIN);
    char bytes[16];
    SocketAddress peer;
    if (::recvfrom(socket.get(), bytes, sizeof bytes, MSG_DONTWAIT, peer.get(), &peer.length) < 0) continue;
    std::string port = std::to_string(peer.port());
    ::sendto(socket.get(), port.data(), port.size(), MSG_DONTWAIT, peer.get(), peer.length);
  }
}

// The port that the container sees `client` come from.
Task<std::string> seen_port(FdView client) {
  std::array<char, 16> bytes;
  co_await io::send(client, std::as_bytes(std::span("ask", 3)));
  size_t count = co_await io::recv(client, std::as_writable_bytes(std::span(bytes)));
  co_return std::string(bytes.data(), count);
}

// A UDP proxy before something that tells ports, for the time of `body`.
void beside_proxy(DatagramLimits limits, const std::function<Task<void>(SocketAddress)>& body) {
  Bound front = bound_socket(SOCK_DGRAM), container = bound_socket(SOCK_DGRAM);
  Loop loop;
  std::vector<Task<void>> background;
  background.push_back(proxy_datagrams(front.socket, container.address, limits));
  background.push_back(tell_ports(container.socket));
  loop.run(timeout(60s, until(body(front.address), std::move(background))));
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
  Task<int> looking = until(turns_meanwhile(container.socket, size_t{2} << 20), std::move(background));
  CHECK(loop.run(timeout(60s, std::move(looking))) >= 2);
}

TEST_CASE("a full table of UDP clients: the one that is silent longest makes room") {
  DatagramLimits limits;
  limits.clients_max = 2;
  beside_proxy(limits, [](SocketAddress front) -> Task<void> {
    Fd first = connected(front, SOCK_DGRAM), second = connected(front, SOCK_DGRAM),
       third = connected(front, SOCK_DGRAM);
    std::string first_port = co_await seen_port(first);
    std::string second_port = co_await seen_port(second);
    std::string again = co_await seen_port(first);
    CHECK(again == first_port);
    std::string third_port = co_await seen_port(third);
    CHECK(third_port != first_port);
    again = co_await seen_port(first);
    CHECK(again == first_port);  // it had been heard later than the second
    again = co_await seen_port(second);
    CHECK(again != second_port);
  });
}

TEST_CASE("more UDP clients than are remembered, one after another, are all answered") {
  DatagramLimits limits;
  limits.clients_max = 16;
  beside_proxy(limits, [](SocketAddress front) -> Task<void> {
    for (int i = 0; i < 500; ++i) {
      Fd client = connected(front, SOCK_DGRAM);
      std::string port = co_await seen_port(client);
      CHECK_FALSE(port.empty());
    }
  });
}

TEST_CASE("a UDP client with one answer is forgotten soon, one in a conversation is not") {
  DatagramLimits limits;
  limits.silence_max = 1s;
  beside_proxy(limits, [](SocketAddress front) -> Task<void> {
    Fd asker = connected(front, SOCK_DGRAM), talker = connected(front, SOCK_DGRAM);
    std::string talker_port = co_await seen_port(talker);
    std::string again = co_await seen_port(talker);
    CHECK(again == talker_port);
    std::string asker_port = co_await seen_port(asker);
    co_await io::sleep(1500ms);
    again = co_await seen_port(asker);
    CHECK(again != asker_port);
    again = co_await seen_port(talker);
    CHECK(again == talker_port);
  });
}
