#include "runtime/mount_propagation.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <optional>

#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/mountinfo.h"

namespace ccocker::runtime {
namespace {

constexpr uint64_t ms_unbindable = 1 << 17, ms_private = 1 << 18, ms_slave = 1 << 19, ms_shared = 1 << 20;

struct Propagation {
  std::string_view word;
  uint64_t flag;
};
constexpr Propagation propagations[] = {{"", ms_private},       {"private", ms_private},      {"rprivate", ms_private},
                                        {"slave", ms_slave},    {"rslave", ms_slave},         {"shared", ms_shared},
                                        {"rshared", ms_shared}, {"unbindable", ms_unbindable}};

std::optional<MountLine> mount_of(const std::string& path) {
  struct statx status;
  bool known = ::statx(AT_FDCWD, path.c_str(), 0, STATX_MNT_ID, &status) == 0 && status.stx_mask & STATX_MNT_ID;
  if (!known) return std::nullopt;
  return find_mount(sys::read_file(sys::cwd(), "/proc/self/mountinfo"), status.stx_mnt_id);
}

}  // namespace

uint64_t propagation_flag(const std::string& word) {
  for (const Propagation& propagation : propagations)
    if (propagation.word == word) return propagation.flag;
  throw Error(Errc::invalid, fmt::format("unknown mount propagation \"{}\": one of private, rprivate, slave, rslave, "
                                         "shared, rshared",
                                         word));
}

void require_propagation(const std::string& source, const std::string& word) {
  uint64_t flag = propagation_flag(word);
  if (flag != ms_shared && flag != ms_slave) return;
  std::optional<MountLine> mount = mount_of(source);
  if (!mount || mount->shared || (flag == ms_slave && mount->slave)) return;
  throw Error(Errc::invalid,
              fmt::format("the bind source {} cannot be {}: it is mounted on {}, which is not a shared{} mount; `mount "
                          "--make-shared {}` makes it one",
                          source, word, mount->mount_point, flag == ms_slave ? " or slave" : "", mount->mount_point));
}

}  // namespace ccocker::runtime
