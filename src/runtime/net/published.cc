#include "runtime/net/published.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <set>

#include "loop/sys.h"
#include "runtime/net/forwarding.h"
#include "runtime/net/host_net.h"
#include "runtime/record.h"

namespace ccocker::runtime {
namespace {

constexpr const char* ports_file = "ports";
constexpr int waiting_connections_max = 1024;
constexpr int any_port_attempts_max = 16;

const Address& any4() {
  static const Address address;
  return address;
}
const Address& any6() {
  static const Address address = Address::v6(std::array<uint8_t, 16>{});
  return address;
}

void set_option(FdView socket, int level, int option, int value) {
  if (::setsockopt(socket.get(), level, option, &value, sizeof value) < 0) throw Error::sys("setsockopt");
}

Fd open_socket(const Address& host, bool udp) {
  int type = (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
  Fd socket(::socket(host.family(), type, 0));
  if (!socket && errno == EMFILE)
    throw Error::sys("socket").advise("publish fewer ports, or raise the hard limit of descriptors (ulimit -Hn)");
  if (!socket) throw Error::sys("socket", host.str());
  if (!udp) set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1);  // not refused for connections that have just ended
  if (!host.is_v4()) set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  // With net.ipv4.conf.*.route_localnet a neighbour's packets to 127.0.0.1 would come in, too.
  if (host.is_loopback() && ::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, "lo", sizeof "lo") < 0)
    throw Error::sys("setsockopt", "SO_BINDTODEVICE lo");
  if (!udp) return socket;
  // A reply must leave from the address that was asked.
  if (host.is_v4())
    set_option(socket, IPPROTO_IP, IP_PKTINFO, 1);
  else
    set_option(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  return socket;
}

uint16_t port_of(FdView socket) {
  SocketAddress bound;
  if (::getsockname(socket.get(), bound.get(), &bound.length) < 0) throw Error::sys("getsockname");
  return bound.port();
}

// False when the port is in use.
bool try_bind(BoundPort& port) {
  const PortMapping& it = port.mapping;
  port.socket = open_socket(it.host, it.udp);
  SocketAddress address(it.host, it.host_port);
  if (::bind(port.socket.get(), address.get(), address.length) < 0) {
    if (errno == EADDRINUSE) return false;
    if (errno == EADDRNOTAVAIL)
      throw Error(Errc::invalid, fmt::format("the address {} is not one of this host; a port cannot be published there",
                                             it.host.str()));
    throw Error::sys("bind", fmt::format("{} port {}", it.host.bracketed(), it.host_port));
  }
  if (!it.udp && ::listen(port.socket.get(), waiting_connections_max) < 0) {
    if (errno == EADDRINUSE) return false;
    throw Error::sys("listen");
  }
  port.mapping.host_port = port_of(port.socket);
  return true;
}

// All of `hosts` on one and the same port, or none.
bool try_bind_all(const std::vector<Address>& hosts, PortMapping mapping, std::vector<BoundPort>& out) {
  std::vector<BoundPort> bound;
  for (const Address& host : hosts) {
    mapping.host = host;
    BoundPort port{mapping, {}};
    if (!try_bind(port)) return false;
    mapping.host_port = port.mapping.host_port;
    bound.push_back(std::move(port));
  }
  for (BoundPort& port : bound) out.push_back(std::move(port));
  return true;
}

[[noreturn]] void in_use(const PublishedPort& port) {
  std::string range = port.host_port == port.host_port_last
                          ? fmt::format("port {}", port.host_port)
                          : fmt::format("every port from {} to {}", port.host_port, port.host_port_last);
  std::string host = port.host_address.empty() ? "this host" : port.host_address;
  throw Error(Errc::conflict, fmt::format("{}/{} of {} is in use already; publish another one, or stop what has it",
                                          range, port.protocol, host));
}

void bind_one(const PublishedPort& port, std::vector<BoundPort>& out) {
  std::vector<Address> hosts{any4()};
  if (!port.host_address.empty())
    hosts = {Address::parse(port.host_address).value()};
  else if (host_has_ipv6())
    hosts.push_back(any6());
  PortMapping mapping{{}, port.host_port, port.container_port, port.protocol == "udp"};
  // A port that the kernel chose for IPv4 may be taken for IPv6: then it chooses again.
  int attempts = port.host_port == 0 ? any_port_attempts_max : port.host_port_last - port.host_port + 1;
  for (int i = 0; i < attempts; ++i) {
    if (try_bind_all(hosts, mapping, out)) return;
    if (port.host_port != 0) ++mapping.host_port;
  }
  in_use(port);
}

}  // namespace

std::vector<PublishedPort> published_ports(const Spec& spec) {
  std::vector<PublishedPort> all = spec.ports;
  if (!spec.publish_all) return all;
  for (const std::string& exposed : spec.exposed_ports) {
    PublishedPort port;
    port.protocol = exposed.ends_with("/udp") ? "udp" : "tcp";
    std::from_chars(exposed.data(), exposed.data() + exposed.size(), port.container_port);
    bool named = std::ranges::any_of(spec.ports, [&](const PublishedPort& other) {
      return other.container_port == port.container_port && other.protocol == port.protocol;
    });
    if (port.container_port != 0 && !named) all.push_back(port);
  }
  return all;
}

std::vector<BoundPort> bind_ports(const std::vector<PublishedPort>& ports) {
  std::vector<BoundPort> bound;
  for (const PublishedPort& port : ports) bind_one(port, bound);
  return bound;
}

std::string ports_text(const std::vector<PortMapping>& mappings) {
  std::string text;
  for (const PortMapping& it : mappings)
    text += fmt::format("{} {} {} {}\n", it.udp ? "udp" : "tcp", it.host.str(), it.host_port, it.container_port);
  return text;
}

std::vector<PortMapping> parse_ports(std::string_view text) {
  std::vector<PortMapping> mappings;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    char protocol[4], host[64];
    PortMapping it;
    if (std::sscanf(line.c_str(), "%3s %63s %hu %hu", protocol, host, &it.host_port, &it.container_port) != 4) continue;
    std::optional<Address> address = Address::parse(host);
    if (!address) continue;
    it.host = *address;
    it.udp = std::string_view(protocol) == "udp";
    mappings.push_back(it);
  }
  return mappings;
}

void save_ports(FdView state_dir, const std::vector<BoundPort>& ports) {
  std::vector<PortMapping> mappings;
  for (const BoundPort& port : ports) mappings.push_back(port.mapping);
  Fd file = sys::openat(state_dir, ports_file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  sys::write_all(file, ports_text(mappings));
}

std::vector<PortMapping> load_ports(const std::string& state, const std::string& id) {
  std::optional<std::string> text =
      sys::read_file_if_exists(sys::cwd(), container_state_dir(state, id) + "/" + ports_file);
  return text ? parse_ports(*text) : std::vector<PortMapping>{};
}

}  // namespace ccocker::runtime
