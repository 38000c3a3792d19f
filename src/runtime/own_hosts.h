#pragma once
// The container's own addresses in its /etc/hosts, which follow its networks while it runs. All other lines are the
// container's.
#include <string>
#include <string_view>
#include <vector>

namespace ccocker::runtime {

struct OwnHosts {
  std::string hostname;
  std::vector<std::string> gone, added;  // addresses
};

// hosts(5) without the lines "address hostname" of those gone, and with those of those added at the end.
std::string changed_hosts(std::string_view text, const OwnHosts& change);

// Rewrites the file in place: containers see it through a bind mount. Nothing to do where the container mounts a hosts
// file of its own; one that it has made larger than any hosts file is let be.
void change_hosts(const std::string& container_dir, const OwnHosts& change);

}  // namespace ccocker::runtime
