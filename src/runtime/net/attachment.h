#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loop/fd.h"
#include "loop/task.h"
#include "runtime/etc_files.h"
#include "runtime/net/lease.h"
#include "runtime/net/networks.h"
#include "runtime/net/port_table.h"
#include "runtime/net/published.h"
#include "runtime/net/resolver.h"
#include "runtime/spec.h"

namespace ccocker::runtime {

// A container's part in its networks, for the time of one run. Called in this order:
//   prepare   before the clone: networks up, addresses leased, published ports bound; what fails fails here
//   attach    between the clone and the child's release: links, addresses, routes, rules
//   beside    the tasks that serve it while it runs: published ports, names
//   release   at the end, whatever failed: nothing stays but the networks
// With --network none or host all of it does nothing; with container:X only `enter` does something.
class NetworkAttachment {
 public:
  NetworkAttachment(std::string root, std::string state, std::string id, std::string name);
  NetworkAttachment(const NetworkAttachment&) = delete;
  NetworkAttachment& operator=(const NetworkAttachment&) = delete;

  Task<void> prepare(Spec spec, FdView state_dir, std::string hostname);
  const EtcNetwork& etc() const { return etc_; }
  // The network namespace to clone in, of the container that this one shares it with; nullopt: one of its own.
  const std::optional<Fd>& shared() const { return shared_; }
  void attach(pid_t pid, FdView pidfd);
  std::vector<Task<void>> beside();
  void release();

 private:
  Task<void> lease(const NetworkEndpoint& wanted, const std::string& hostname);
  void share(const std::string& other);
  void redirect_datagrams();
  bool is_beside(const std::string& server) const;
  void tell_etc_files(const Spec& spec, const std::string& hostname);

  struct Place {
    ReadyNetwork ready;
    Lease lease;
  };
  std::string root_, state_, id_, name_, shares_with_;
  std::optional<Netlink> host_;
  std::vector<Place> places_;
  std::vector<BoundPort> ports_;
  std::optional<PortTable> rules_;
  std::optional<ResolverSockets> resolver_;
  std::vector<std::string> upstream_;
  std::optional<Fd> shared_;
  EtcNetwork etc_;
  bool resolves_ = false, attached_ = false;
};

// What container `id` wants on a network, before it has an address: names, links, what was asked for. `index` counts
// its interfaces.
Lease wanted_lease(const NetworkEndpoint& wanted, const std::string& id, const std::string& name, unsigned index);
// Takes an address for it; those of dead containers are freed first where it would fail otherwise.
void take_lease(const Networks& networks, const std::string& state, const Network& network,
                const NetworkEndpoint& wanted, Lease& lease);

// What a lease of container `id` on `network` looks like as links; the `index`th place it has. The first place gives
// the default route.
Endpoint endpoint_of(const ReadyNetwork& network, const Lease& lease, bool first);

}  // namespace ccocker::runtime
