#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/net/address.h"

namespace ccocker::runtime {

// An address of a network that a container has. On disk it is a symbolic link STATE/networks/NETWORK/ADDRESS whose
// target says the rest: making one is a single system call that fails when the address is taken, so two containers
// never have one address, nothing can be half-written, and no lock is needed.
struct Lease {
  Address address;
  std::string id;      // the container's
  std::string link;    // its end on the host
  std::string inside;  // its end inside, "eth0"
  std::string mac;
  std::optional<Address> address6;
  std::vector<std::string> names;  // what others on the network find it by; the container's name first
};

std::string lease_text(const Lease& lease);  // the link's target
// nullopt for what is no lease of ours.
std::optional<Lease> parse_lease(std::string_view address, std::string_view text);

// The leases of one network.
class Leases {
 public:
  Leases(const std::string& state, const std::string& network);

  // Takes `wanted` or the first free address behind the last one taken, so that one is not given again while the links
  // of its last owner still go, for `lease`, which gets the address and what derives from it (MAC, IPv6) where it asks
  // for none. Errc::conflict when `wanted` is taken, Errc::invalid when it is not in the range or not for a container,
  // Errc::failed when no address is free.
  void take(const Subnet& subnet, const Address& gateway, const std::optional<Subnet>& subnet6,
            std::optional<Address> wanted, Lease& lease);
  // The same address, other words: for its holder. One that is no longer the container's stays as it is.
  void replace(const Lease& lease);
  void free(const Address& address);
  void give_back(const Lease& lease);  // where it is still this one
  std::vector<Lease> list() const;

 private:
  bool try_take(const Lease& lease);
  uint64_t index_behind_last(const Subnet& subnet) const;
  void remember(const Address& address);
  std::string dir_;
};

// Every network that has or had leases.
std::vector<std::string> leased_networks(const std::string& state);

}  // namespace ccocker::runtime
