#include "runtime/sysctls.h"

#include <fmt/format.h>

#include <algorithm>

#include "loop/error.h"

namespace ccocker::runtime {
namespace {

constexpr std::string_view ipc_names[] = {"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
                                          "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"};

[[noreturn]] void refuse(std::string_view name, std::string_view why) {
  throw Error(Errc::invalid, fmt::format("sysctl \"{}\" {}", name, why));
}

// Between the form with dots and the form with slashes as separators.
std::string other_form(std::string name) {
  for (char& c : name) c = c == '/' ? '.' : c == '.' ? '/' : c;
  return name;
}

// In the form with dots, where a slash is a dot of the file's name: two of them would lead out of /proc/sys.
bool is_name(std::string_view dotted) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/";
  return !dotted.empty() && dotted.find_first_not_of(allowed) == dotted.npos && dotted.find("..") == dotted.npos &&
         dotted.find("//") == dotted.npos && !dotted.starts_with('.') && !dotted.ends_with('.');
}

}  // namespace

std::string sysctl_name(std::string_view text, const Spec& spec) {
  std::string name(text);
  if (size_t first = name.find_first_of("./"); first != name.npos && name[first] == '/') name = other_form(name);
  if (!is_name(name)) refuse(text, "is not a setting's name, such as net.core.somaxconn");
  bool of_network = name.starts_with("net.");
  if (of_network && spec.network == NetworkMode::host)
    refuse(text, "would change the host, since the container shares its network");
  bool of_names = name == "kernel.domainname";
  if (of_names && spec.shared.host_uts)
    refuse(text, "would change the host, since the container shares its UTS namespace");
  bool of_ipc = name.starts_with("fs.mqueue.") || std::ranges::find(ipc_names, name) != std::end(ipc_names);
  if (of_ipc && spec.shared.host_ipc)
    refuse(text, "would change the host, since the container shares its IPC namespace");
  if (!of_network && !of_names && !of_ipc)
    refuse(text, "would change the host: a container has net.*, fs.mqueue.*, kernel.msg*, kernel.sem, kernel.shm* and "
                 "kernel.domainname of its own");
  return name;
}

std::string sysctl_path(const std::string& name, const Spec& spec) {
  return "/proc/sys/" + other_form(sysctl_name(name, spec));
}

std::vector<std::pair<std::string, std::string>> own_network_sysctls() {
  return {{"/proc/sys/net/ipv4/ping_group_range", "0 2147483647"}, {"/proc/sys/net/ipv4/ip_unprivileged_port_start", "0"}};
}

}  // namespace ccocker::runtime
