#include "runtime/cgroup/layout.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <sstream>

#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

// Those a container's limits, devices or life need. In v1 each is a hierarchy of its own or shares one ("cpu,cpuacct")
// that has links by the single names.
constexpr const char* known_controllers[] = {"memory", "cpu", "cpuset", "pids", "devices", "freezer"};

CgroupFs probe_with_statfs(const std::string& path) {
  struct statfs status {};
  if (sys::retry([&] { return ::statfs(path.c_str(), &status); }) < 0) return CgroupFs::none;
  if (status.f_type == CGROUP2_SUPER_MAGIC) return CgroupFs::v2;
  return status.f_type == CGROUP_SUPER_MAGIC ? CgroupFs::v1 : CgroupFs::none;
}

std::vector<std::string> words(const std::string& text, char separator) {
  std::vector<std::string> all;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, separator);)
    if (!word.empty()) all.push_back(word);
  return all;
}

struct MountedHierarchies {
  std::string v2;
  std::map<std::string, std::string> v1;
};

// For systems that mount them elsewhere (proc(5), mountinfo: the type is the first field after " - ", the
// controllers are among the super options, the last field).
MountedHierarchies from_mountinfo() {
  MountedHierarchies found;
  for (const std::string& line : words(sys::read_file(sys::cwd(), "/proc/self/mountinfo"), '\n')) {
    size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::vector<std::string> front = words(line.substr(0, dash), ' '), back = words(line.substr(dash + 3), ' ');
    if (front.size() < 5 || back.size() < 3) continue;
    if (back[0] == "cgroup2" && found.v2.empty()) found.v2 = front[4];
    if (back[0] != "cgroup") continue;
    for (const std::string& option : words(back[2], ',')) found.v1.emplace(option, front[4]);
  }
  return found;
}

}  // namespace

CgroupLayout CgroupLayout::detect(const std::string& top, const Probe& given) {
  const Probe probe = given ? given : Probe(probe_with_statfs);
  CgroupLayout layout;
  if (probe(top) == CgroupFs::v2)
    layout.v2_ = top;
  else if (probe(top + "/unified") == CgroupFs::v2)
    layout.v2_ = top + "/unified";
  if (layout.v2_ != top)
    for (const char* controller : known_controllers)
      if (probe(top + "/" + controller) == CgroupFs::v1) layout.v1_[controller] = top + "/" + controller;
  if (layout.v2_.empty() && layout.v1_.empty() && !given) {
    MountedHierarchies mounted = from_mountinfo();
    layout.v2_ = mounted.v2;
    for (const char* controller : known_controllers)
      if (mounted.v1.contains(controller)) layout.v1_[controller] = mounted.v1[controller];
  }
  if (!layout.v2_.empty()) {
    std::string list = sys::read_file_if_exists(sys::cwd(), layout.v2_ + "/cgroup.controllers").value_or("");
    std::replace(list.begin(), list.end(), '\n', ' ');
    layout.v2_controllers_ = words(list, ' ');
  }
  return layout;
}

const CgroupLayout& CgroupLayout::host() {
  static const CgroupLayout layout = detect();
  return layout;
}

std::string CgroupLayout::v1(const std::string& controller) const {
  auto found = v1_.find(controller);
  return found == v1_.end() ? std::string() : found->second;
}

bool CgroupLayout::v2_has(const std::string& controller) const {
  return std::find(v2_controllers_.begin(), v2_controllers_.end(), controller) != v2_controllers_.end();
}

std::vector<std::string> CgroupLayout::v1_controllers() const {
  std::vector<std::string> names;
  for (const auto& [controller, path] : v1_) names.push_back(controller);
  return names;
}

}  // namespace ccocker::runtime
