#include "runtime/probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <expected>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

constexpr size_t head_bytes_max = 512;  // of an answer: its first line is enough

// A socket belongs to the namespace its maker is in at that moment; the thread comes back at once.
Fd socket_inside(FdView network, int family) {
  Fd own = sys::openat(sys::cwd(), "/proc/self/ns/net", O_RDONLY);
  if (::setns(network.get(), CLONE_NEWNET) < 0) throw Error::sys("setns", "the container's network namespace");
  Fd socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  int errnum = errno;
  if (::setns(own.get(), CLONE_NEWNET) < 0) throw Error::sys("setns", "our own network namespace");
  if (!socket) throw Error::sys("socket", "TCP", errnum);
  return socket;
}

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

Address loopback(int family, int port) {
  Address address;
  if (family == AF_INET) {
    auto& in = reinterpret_cast<sockaddr_in&>(address.storage);
    in.sin_family = AF_INET;
    in.sin_port = htons(static_cast<uint16_t>(port));
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.length = sizeof in;
  } else {
    auto& in6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(static_cast<uint16_t>(port));
    in6.sin6_addr = in6addr_loopback;
    address.length = sizeof in6;
  }
  return address;
}

// The connection, or why there is none.
Task<std::expected<Fd, std::string>> connect_family(FdView network, int family, int port) {
  Address address = loopback(family, port);
  std::string why;
  try {
    Fd socket = socket_inside(network, family);
    co_await io::connect(socket, reinterpret_cast<const sockaddr*>(&address.storage), address.length);
    co_return std::move(socket);
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;
    why = error.text();
  }
  co_return std::unexpected(std::move(why));
}

Task<std::expected<Fd, std::string>> connect_inside(FdView network, int port) {
  std::expected<Fd, std::string> v4 = co_await connect_family(network, AF_INET, port);
  if (v4) co_return v4;
  std::expected<Fd, std::string> v6 = co_await connect_family(network, AF_INET6, port);
  if (v6) co_return v6;
  co_return v4;
}

Task<std::string> ask(FdView socket, std::string request) {
  std::string head;
  std::array<std::byte, head_bytes_max> buffer;
  try {
    co_await io::write_all(socket, request);
    while (head.size() < head_bytes_max && head.find('\n') == head.npos) {
      size_t count = co_await io::recv(socket, buffer);
      if (count == 0) break;
      head.append(reinterpret_cast<const char*>(buffer.data()), count);
    }
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;
  }
  co_return head;
}

}  // namespace

int http_status(std::string_view head) {
  bool http = head.starts_with("HTTP/1.") && head.size() >= 12 && head[8] == ' ';
  if (!http) return 0;
  int status = 0;
  for (char c : head.substr(9, 3)) {
    if (c < '0' || c > '9') return 0;
    status = status * 10 + (c - '0');
  }
  return status;
}

Task<ProbeResult> probe_tcp(FdView network, int port) {
  std::expected<Fd, std::string> connection = co_await connect_inside(network, port);
  if (!connection) co_return ProbeResult{false, fmt::format("port {}: {}", port, connection.error())};
  co_return ProbeResult{true, fmt::format("port {} accepts connections", port)};
}

Task<ProbeResult> probe_http(FdView network, int port, std::string path) {
  std::expected<Fd, std::string> connection = co_await connect_inside(network, port);
  if (!connection) co_return ProbeResult{false, fmt::format("port {}: {}", port, connection.error())};
  std::string request = fmt::format(
      "GET {} HTTP/1.1\r\nHost: localhost:{}\r\nUser-Agent: ccocker-health\r\nAccept: */*\r\nConnection: close\r\n\r\n",
      path, port);
  std::string head = co_await ask(*connection, std::move(request));
  int status = http_status(head);
  if (status == 0) co_return ProbeResult{false, fmt::format("port {} does not answer in HTTP", port)};
  bool healthy = status >= 200 && status < 400;
  co_return ProbeResult{healthy, fmt::format("GET {} on port {}: {}", path, port, status)};
}

}  // namespace ccocker::runtime
