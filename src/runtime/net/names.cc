#include "runtime/net/names.h"

#include <time.h>

#include <algorithm>

#include "loop/clock.h"
#include "loop/sys.h"
#include "runtime/lock.h"

namespace ccocker::runtime {
namespace {

constexpr int64_t clock_tick_ns_max = 20'000'000;  // files' times advance with the kernel's timer, 100 Hz at the least

int64_t ns_of(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

}  // namespace

const std::vector<Lease>& Names::leases_of(const std::string& network) {
  Seen& seen = seen_[network];
  std::optional<struct stat> status = sys::stat_if_exists(sys::cwd(), state_ + "/networks/" + network);
  int64_t changed = status ? ns_of(status->st_mtim) : 0;
  if (seen.settled && seen.changed_ns == changed) return seen.leases;
  int64_t now = now_unix_ns();
  seen.leases = Leases(state_, network).list();
  seen.changed_ns = changed;
  seen.settled = now > changed + clock_tick_ns_max || now < changed;
  return seen.leases;
}

std::vector<const Lease*> Names::visible() {
  std::vector<const Lease*> all;
  for (const std::string& network : leased_networks(state_)) {
    const std::vector<Lease>& leases = leases_of(network);
    bool member = std::ranges::any_of(leases, [&](const Lease& lease) { return lease.id == id_; });
    if (!member) continue;
    for (const Lease& lease : leases) all.push_back(&lease);
  }
  return all;
}

bool Names::lives(const Lease& lease) const { return LiveLock::is_held(state_, lease.id); }

std::vector<Lease> Names::find(const std::string& name) {
  std::vector<Lease> found;
  for (const Lease* lease : visible()) {
    bool called = std::ranges::any_of(lease->names, [&](const std::string& its) { return lower(its) == name; });
    if (called && lives(*lease)) found.push_back(*lease);
  }
  return found;
}

std::optional<std::string> Names::name_of(const Address& address) {
  for (const Lease* lease : visible())
    if ((lease->address == address || lease->address6 == address) && !lease->names.empty() && lives(*lease))
      return lease->names[0];
  return std::nullopt;
}

}  // namespace ccocker::runtime
