#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/net/address.h"

namespace ccocker::runtime {

// An address of a network that a container has. On disk it is a symbolic link STATE/networks/NETWORK/ADDRESS whose
// target says the rest: making one is a single system call that fails when the address is taken, so two containers
// never have one address, nothing can be half-written, and no lock is needed. Its IPv6 address is a link of its own to
// the container's ID, made after the lease and removed before it, so that none stays without a lease that names it.
struct Lease {
  Address address;
  std::string id;      // the container's
  std::string link;    // its end on the host
  std::string inside;  // its end inside, "eth0"
  std::string mac;
  std::optional<Address> address6;
  std::vector<std::string> names;  // what others on the network find it by; the container's name first
};

// Where addresses of one family come from, and the one in it that the bridge has.
struct LeaseRange {
  Subnet subnet;
  Address gateway;
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
  // for none. Errc::conflict when `wanted` or the lease's own IPv6 address is taken, Errc::invalid when one is not in
  // its range or not for a container, Errc::failed when no address is free. Without `range6` no IPv6 address is chosen.
  void take(const LeaseRange& range, const std::optional<LeaseRange>& range6, std::optional<Address> wanted,
            Lease& lease);
  // The same addresses, other words: for their holder. One that is no longer the container's stays as it is.
  void replace(const Lease& lease);
  void give_back(const Lease& lease);  // with its IPv6 address, where it is still this one
  std::vector<Lease> list() const;

 private:
  enum class Taken { yes, address_in_use, address6_in_use };
  Taken try_take(const Lease& lease);
  bool try_link(const Address& address, const std::string& target);
  void take_wanted(const Lease& lease);
  void free_address6(const Address& address6, const std::string& id);
  std::optional<Lease> read(const std::string& name) const;
  std::string path_of(const Address& address) const { return dir_ + "/" + address.str(); }
  uint64_t index_behind_last(const Subnet& subnet) const;
  void remember(const Address& address);
  std::string dir_;
};

// Every network that has or had leases.
std::vector<std::string> leased_networks(const std::string& state);

}  // namespace ccocker::runtime
