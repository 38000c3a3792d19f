#pragma once
#include <optional>
#include <string>
#include <vector>

#include "runtime/net/address.h"
#include "runtime/net/netlink.h"

namespace ccocker::runtime {

// One port of the host that leads into a container.
struct PortMapping {
  Address host;  // 0.0.0.0 or ::, or one of the host's own
  uint16_t host_port = 0, container_port = 0;
  bool udp = false;
  bool operator==(const PortMapping&) const = default;
};

// The rules that lead connections of other machines to a container's ports, the client's address kept: a table of
// nftables maps that belongs to this object's socket. The kernel removes it when the socket is closed, so the rules end
// with their supervisor even when that is killed (nft(8), table flag owner; 5.12 and later).
class PortTable {
 public:
  // `address6`: nullopt when the container has none. Nothing is made when no mapping needs a rule (127.0.0.1 only).
  PortTable(const std::string& name, const std::vector<PortMapping>& mappings, const Address& address,
            const std::optional<Address>& address6);

  // Clients that go on sending datagrams since before there was this table are led by it from here on. Takes some 10
  // ms.
  void redirect_datagrams();
  // Takes the rules away in good order: such clients are not led to this container any more. Takes as long.
  void withdraw();

 private:
  std::vector<PortMapping> mappings_;
  std::optional<Netlink> netfilter_;
};

}  // namespace ccocker::runtime
