#include "runtime/orphan.h"

#include "runtime/cgroup/cgroup.h"
#include "runtime/net/networks.h"
#include "runtime/object_events.h"

namespace ccocker::runtime {
namespace {

void leave_networks(const std::string& root, const std::string& state, const ContainerRecord& record) {
  const std::string& id = record.container.id;
  record_disconnects(root, state, release_container_network(state, id, true), id);
  if (record.damaged || record.spec.network == NetworkMode::container) forget_sharing(state, id);
}

}  // namespace

Task<void> end_orphan(std::string root, std::string state, ContainerClaim& claim) {
  const ContainerRecord& record = claim.record();
  bool died = state_says_running(root, claim.id());
  if (died) claim.mark_orphaned();
  leave_networks(root, state, record);
  if (died) record_volume_mounts(state, "unmount", record.spec, claim.id());
  co_await Cgroup::clean(record.spec.cgroup_parent, claim.id());
}

}  // namespace ccocker::runtime
