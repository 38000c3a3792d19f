#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace ccocker::runtime {

enum class CgroupFs { none, v1, v2 };  // what is mounted at a path

// Where the control group hierarchies are: v2 alone, v1 alone, or both (hybrid: v1 controllers beside a v2 hierarchy
// that has those controllers v1 left it, often none).
class CgroupLayout {
 public:
  using Probe = std::function<CgroupFs(const std::string& path)>;

  // Looks below `top` where systems mount them, then in /proc/self/mountinfo. `probe` says what a path is; statfs(2)
  // unless a test fakes it.
  static CgroupLayout detect(const std::string& top = "/sys/fs/cgroup", const Probe& probe = {});
  // This machine's, found once.
  static const CgroupLayout& host();

  const std::string& v2() const { return v2_; }         // mount point, empty when there is none
  std::string v1(const std::string& controller) const;  // mount point, empty when v1 does not have it
  bool v2_has(const std::string& controller) const;     // cgroup.controllers of the v2 root
  std::vector<std::string> v1_controllers() const;      // of those ccocker knows

 private:
  std::string v2_;
  std::vector<std::string> v2_controllers_;
  std::map<std::string, std::string> v1_;
};

}  // namespace ccocker::runtime
