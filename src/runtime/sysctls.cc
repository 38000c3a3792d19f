#include "runtime/sysctls.h"

#include <fmt/format.h>

#include <algorithm>

#include "loop/error.h"

namespace ccocker::runtime {
namespace {

constexpr std::string_view ipc_names[] = {"kernel.msgmax", "kernel.msgmnb",          "kernel.msgmni",
                                          "kernel.sem",    "kernel.shmall",          "kernel.shmmax",
                                          "kernel.shmmni", "kernel.shm_rmid_forced", "kernel.domainname"};

[[noreturn]] void refuse(const std::string& name, std::string_view why) {
  throw Error(Errc::invalid, fmt::format("sysctl \"{}\" {}", name, why));
}

}  // namespace

std::string sysctl_path(const std::string& name, NetworkMode network) {
  std::string dotted = name;
  // As sysctl(8): with slashes as separators, dots belong to the names ("net/ipv4/conf/eth0.1/forwarding").
  if (size_t first = name.find_first_of("./"); first != std::string::npos && name[first] == '/')
    for (char& c : dotted) c = c == '/' ? '.' : c == '.' ? '/' : c;
  if (dotted.starts_with(".") || dotted.find("..") != std::string::npos) refuse(name, "is not a sysctl's name");
  bool net = dotted.starts_with("net.");
  if (net && network == NetworkMode::host)
    refuse(name, "would change the host, since the container shares its network");
  if (!net && !dotted.starts_with("fs.mqueue.") && std::ranges::find(ipc_names, dotted) == std::end(ipc_names))
    refuse(name, "is not in a namespace of the container and would change the host");
  for (char& c : dotted) c = c == '/' ? '.' : c == '.' ? '/' : c;
  if (dotted.find("/../") != std::string::npos) refuse(name, "is not a sysctl's name");
  return "/proc/sys/" + dotted;
}

std::vector<std::pair<std::string, std::string>> own_network_sysctls() {
  return {{"/proc/sys/net/ipv4/ping_group_range", "0 2147483647"}, {"/proc/sys/net/ipv4/ip_unprivileged_port_start", "0"}};
}

}  // namespace ccocker::runtime
