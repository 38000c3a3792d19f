#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loop/fd.h"
#include "loop/task.h"
#include "runtime/etc_files.h"
#include "runtime/net/name_servers.h"
#include "runtime/net/netlink.h"
#include "runtime/net/place.h"
#include "runtime/net/publisher.h"
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
  void attach(pid_t child);
  std::vector<Task<void>> beside();
  // While it runs: it has another way out now, or none. Gives back when nothing leads to the last one any more; may go
  // on when this object is gone.
  Task<void> move_way_out(std::optional<WayOut> way_out);
  void release();

 private:
  Task<void> lease(const NetworkEndpoint& wanted, const std::string& hostname);
  void share(const std::string& other);
  const Place* outward_place() const;  // the first that leads out
  std::optional<WayOut> way_out() const;
  void tell_etc_files(const Spec& spec, const std::string& hostname);

  std::string root_, state_, id_, name_, shares_with_;
  std::optional<Netlink> host_;
  std::vector<Place> places_;
  std::shared_ptr<Publisher> publisher_;
  std::optional<ResolverSockets> resolver_;
  std::optional<NameServers> name_servers_;
  std::optional<Fd> shared_;
  EtcNetwork etc_;
  bool resolves_ = false, attached_ = false;
};

}  // namespace ccocker::runtime
