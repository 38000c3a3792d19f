#include "cli/run_volumes.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/bad_value.h"
#include "cli/mount_flags.h"
#include "cli/volume_events.h"
#include "runtime/record.h"

namespace ccocker::cli {
namespace {

using runtime::Mount;

bool is_taken(const std::vector<Mount>& mounts, const std::string& destination) {
  return std::any_of(mounts.begin(), mounts.end(),
                     [&](const Mount& mount) { return mount.destination == destination; });
}

// CONTAINER[:ro|rw]. What the command line mounts itself wins.
void add_volumes_from(const Context& context, const std::string& text, std::vector<Mount>& mounts) {
  size_t colon = text.rfind(':');
  std::string name = text.substr(0, colon), mode = colon == text.npos ? "rw" : text.substr(colon + 1);
  bool fits = !name.empty() && (mode == "ro" || mode == "rw" || mode == "z" || mode == "Z");
  if (!fits) bad_value("volumes-from", text, "CONTAINER[:ro|rw]");
  runtime::Containers containers(context.root, context.state);
  std::string id = containers.find(name).id;
  std::optional<runtime::ContainerRecord> record = runtime::load_record(context.root, context.state, id);
  if (!record) return;
  for (Mount& mount : record->spec.mounts) {
    if (mount.kind == Mount::Kind::tmpfs || is_taken(mounts, mount.destination)) continue;
    if (mode == "ro") mount.read_only = true;
    mount.flag = Mount::Flag::volumes_from;
    mounts.push_back(std::move(mount));
  }
}

// An image's own paths are cleaned as the command line's are.
std::vector<std::string> paths_of(const registry::Image& image) {
  std::vector<std::string> paths;
  for (const std::string& path : image.config.volumes) {
    std::string clean = clean_path("volume", path, path.starts_with('/') ? path : "/" + path);
    if (clean != "/") paths.push_back(clean);
  }
  return paths;
}

bool wants_volumes(const std::vector<Mount>& mounts) {
  return std::any_of(mounts.begin(), mounts.end(), [](const Mount& m) { return m.kind == Mount::Kind::volume; });
}

}  // namespace

RunVolumes::RunVolumes(const Context& context, const Flags& flags, const registry::Image& image, runtime::Spec& spec)
    : root_(context.root), state_(context.state) {
  for (const std::string& text : flags.list("volumes-from")) add_volumes_from(context, text, spec.mounts);
  std::vector<std::string> paths = paths_of(image);
  if (paths.empty() && !wants_volumes(spec.mounts)) return;
  runtime::Volumes volumes(root_);
  held_ = volumes.hold();
  std::vector<std::string> made = runtime::prepare_volumes(volumes, spec, paths);
  for (const Mount& mount : spec.mounts)
    if (std::find(made.begin(), made.end(), mount.volume) != made.end() && !mount.volume.empty())
      made_for_.mounts.push_back(mount);
  for (const std::string& name : made) record_volume_event(context, "create", name);
}

void RunVolumes::keep() {
  made_for_.mounts.clear();
  held_.reset();
}

RunVolumes::~RunVolumes() {
  held_.reset();
  if (!made_for_.mounts.empty()) runtime::remove_anonymous_volumes(root_, state_, made_for_);
}

}  // namespace ccocker::cli
