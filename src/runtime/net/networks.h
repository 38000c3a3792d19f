#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "loop/task.h"
#include "runtime/net/forwarding.h"
#include "runtime/net/host_net.h"
#include "runtime/net/lease.h"
#include "runtime/net/link.h"
#include "runtime/net/network.h"

namespace ccocker::runtime {

// A network whose bridge and rules stand.
struct ReadyNetwork {
  Network network;
  LinkStatus bridge;
};

// What `network create` asks for.
struct NetworkRequest {
  std::string name;
  std::optional<Subnet> subnet, subnet6;
  std::optional<Address> gateway, gateway6;
  bool ipv6 = false, internal = false;
  std::string bridge;  // the link's name; empty: made up
  std::map<std::string, std::string> labels;
};

// The networks of a --root. Records say which there are; bridges and rules are made when the first container needs
// them and stay (a start then finds them with two questions to the kernel) until `remove` or `prune`. Whoever makes or
// removes one waits for its turn (runtime/net/host_lock.h).
class Networks {
 public:
  Networks(std::string root, std::string state);

  std::vector<Network> list() const;
  Network find(const std::string& name_or_id) const;  // Errc::not_found

  // The network with its bridge up and its rules set. The default network is made when it is not there. Errc::conflict
  // when its range or link is in use by something else on this host.
  Task<ReadyNetwork> bring_up(std::string name, Netlink& host);
  // Whether its bridge stands as `bring_up` found it. Asked with a lease on it in hand: true means that nobody takes it
  // down as long as that is held.
  bool still_stands(const ReadyNetwork& ready, Netlink& host) const;

  Task<Network> create(NetworkRequest request);
  Task<void> remove(std::string name);  // Errc::conflict while containers use it
  // Removes what no container uses; the default network's bridge and rules go too and come back with the next
  // container. Gives the names of the networks that are gone for good. With `wanted` only those that it accepts.
  Task<std::vector<std::string>> prune(std::function<bool(const Network&)> wanted = {});

  // Leases of containers that live; those of dead ones are freed.
  std::vector<Lease> living_leases(const std::string& network) const;

 private:
  Network choose_default(Netlink& host) const;
  RangeConflict conflict_of(const Network& network, Netlink& host) const;
  Network settle_record(const std::string& name, Netlink& host) const;
  void set_rules(Netlink& host, const std::string& also) const;
  void build(Network& network, Netlink& host) const;
  bool take_down(const Network& network, Netlink& host) const;

  std::string root_, state_, mark_;
};

// Frees what container `id` has on any network. For whoever holds its lock. Links go with the container's namespace, a
// moment after its last process; with `links` they are removed here and now, which takes the kernel some 20 ms (it
// waits for a grace period of RCU). Gives the networks that it was on.
std::vector<std::string> release_container_network(const std::string& state, const std::string& id, bool links);

// The namespace of container `owner` is shared by `other` from now on, or no longer: while it is, the links of an owner
// that has ended do not go by themselves.
void note_sharing(const std::string& state, const std::string& owner, const std::string& other, bool shares);
void forget_sharing(const std::string& state, const std::string& other);  // whosever it shared
bool is_shared(const std::string& state, const std::string& owner);

}  // namespace ccocker::runtime
