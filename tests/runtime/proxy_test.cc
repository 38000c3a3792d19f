#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
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

int option_of(FdView socket, int level, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  REQUIRE(::getsockopt(socket.get(), level, option, &value, &size) == 0);
  return value;
}

// This process's sockets that are connected to `peer`: the proxy's are among them.
std::vector<FdView> connected_to(const SocketAddress& peer) {
  std::vector<FdView> found;
  Fd own = sys::open_dir(sys::cwd(), "/proc/self/fd");
  for (const std::string& name : sys::list_dir(own)) {
    FdView fd(std::stoi(name));
    SocketAddress other;
    bool is_socket = ::getpeername(fd.get(), other.get(), &other.length) == 0;
    if (is_socket && other.port() == peer.port() && other.address() == peer.address()) found.push_back(fd);
  }
  return found;
}

SocketAddress own_address(FdView socket) {
  SocketAddress own;
  REQUIRE(::getsockname(socket.get(), own.get(), &own.length) == 0);
  return own;
}

Task<Fd> next_connection(FdView listener) {
  co_await io::poll(listener, POLLIN);
  Fd connection = co_await io::accept(listener);
  co_return std::move(connection);
}

// What comes on it until its end, with urgent data in its place.
Task<std::string> read_to_end(FdView connection) {
  int on = 1;
  ::setsockopt(connection.get(), SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
  std::string all;
  std::vector<char> bytes(64 << 10);
  for (;;) {
    co_await io::poll(connection, POLLIN);
    ssize_t count = ::recv(connection.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count == 0) break;
    if (count > 0) all.append(bytes.data(), static_cast<size_t>(count));
  }
  co_return all;
}

void send_all(FdView client, const std::string& bytes, int flags = 0) {
  REQUIRE(::send(client.get(), bytes.data(), bytes.size(), flags | MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
}

// A TCP proxy for the time of `body`, which is given the container's listener.
template <typename T>
T beside_tcp_proxy(const Bound& front, const Bound& container, Task<T> body) {
  Loop loop;
  std::vector<Task<void>> background;
  background.push_back(proxy_connections(front.socket, container.address));
  return loop.run(timeout(60s, until(std::move(body), std::move(background))));
}

// A soft limit that leaves this many descriptors, for the time of this object.
class DescriptorsLeft {
 public:
  explicit DescriptorsLeft(int count) {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    Fd lowest = sys::dup(FdView(0));
    rlimit limit{static_cast<rlim_t>(lowest.get() + count), before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  }
  ~DescriptorsLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

size_t openable_descriptors() {
  std::vector<Fd> opened;
  for (int fd; (fd = ::dup(0)) >= 0;) opened.emplace_back(fd);
  return opened.size();
}

// Looks for a while at what is left; gives how many connections to `container` there are in the end.
Task<size_t> served_beside_others(SocketAddress container) {
  for (int look = 0; look < 20; ++look) {
    co_await io::sleep(20ms);
    CHECK(openable_descriptors() >= 18);
  }
  co_return connected_to(container).size();
}

}  // namespace

TEST_CASE("both sides of a connection are asked whether they are still there") {
  Bound front = bound_socket(SOCK_STREAM), container = bound_socket(SOCK_STREAM);
  Fd client = connected(front.address, SOCK_STREAM);
  Fd server = beside_tcp_proxy(front, container, [](FdView listener, FdView from) -> Task<Fd> {
    Fd taken = co_await next_connection(listener);
    for (FdView end : {from, FdView(taken)}) {
      std::vector<FdView> found = connected_to(own_address(end));
      REQUIRE(found.size() == 1);
      CHECK(option_of(found[0], SOL_SOCKET, SO_KEEPALIVE) == 1);
      CHECK(option_of(found[0], IPPROTO_TCP, TCP_KEEPIDLE) == 15);
      CHECK(option_of(found[0], IPPROTO_TCP, TCP_KEEPINTVL) == 15);
      CHECK(option_of(found[0], IPPROTO_TCP, TCP_KEEPCNT) == 9);
    }
    co_return std::move(taken);
  }(container.socket, client));
}

TEST_CASE("urgent data goes on in its place, and so does what follows it") {
  Bound front = bound_socket(SOCK_STREAM), container = bound_socket(SOCK_STREAM);
  Fd client = connected(front.address, SOCK_STREAM);
  std::string before(300'000, 'b'), after(300'000, 'a');
  bool much = GENERATE(false, true);
  if (much) send_all(client, before);
  send_all(client, "!", MSG_OOB);
  if (much) send_all(client, after);
  ::shutdown(client.get(), SHUT_WR);
  std::string got = beside_tcp_proxy(front, container, [](FdView listener) -> Task<std::string> {
    Fd server = co_await next_connection(listener);
    std::string all = co_await read_to_end(server);
    co_return all;
  }(container.socket));
  CHECK(got == (much ? before + "!" + after : "!"));
}

TEST_CASE("what was sent as urgent arrives as urgent, on a connection that stays open") {
  Bound front = bound_socket(SOCK_STREAM), container = bound_socket(SOCK_STREAM);
  Fd client = connected(front.address, SOCK_STREAM);
  std::string got = beside_tcp_proxy(front, container, [](FdView listener, FdView from) -> Task<std::string> {
    Fd server = co_await next_connection(listener);
    send_all(from, "!", MSG_OOB);
    char urgent = 0;
    while (::recv(server.get(), &urgent, sizeof urgent, MSG_OOB) != 1) co_await io::sleep(5ms);
    CHECK(urgent == '!');
    send_all(from, "rest");
    ::shutdown(from.get(), SHUT_WR);
    std::vector<char> bytes(16);
    std::string all;
    while (all.size() < 4) {
      co_await io::poll(server, POLLIN);
      ssize_t count = ::recv(server.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (count == 0) break;
      if (count > 0) all.append(bytes.data(), static_cast<size_t>(count));
    }
    co_return all;
  }(container.socket, client));
  CHECK(got == "rest");
}

TEST_CASE("connections leave descriptors to others, and wait meanwhile") {
  Bound front = bound_socket(SOCK_STREAM), container = bound_socket(SOCK_STREAM);
  for (const Bound* it : {&front, &container}) REQUIRE(::listen(it->socket.get(), 100) == 0);
  std::vector<Fd> clients;
  for (int i = 0; i < 60; ++i) clients.push_back(connected(front.address, SOCK_STREAM));
  Loop loop;
  DescriptorsLeft limited(40);
  std::vector<Task<void>> background;
  background.push_back(proxy_connections(front.socket, container.address));
  size_t served = loop.run(timeout(60s, until(served_beside_others(container.address), std::move(background))));
  CHECK(served > 0);
  CHECK(served < 20);
}

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
