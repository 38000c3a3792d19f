#include "runtime/volumes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <time.h>

#include <algorithm>

#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/id.h"
#include "runtime/object_events.h"
#include "runtime/tree_size.h"
#include "runtime/volume_name.h"

namespace ccocker::runtime {
namespace {

constexpr const char* volume_file = "volume.json";
constexpr size_t record_bytes_max = 1u << 20;
constexpr size_t removed_at_once_max = 100;  // each has a descriptor open
// No volume can have such a name. What is being made is left alone by who does not hold all volumes; what is being
// removed by who cannot lock it.
constexpr std::string_view being_made = ".new-", being_removed = ".removed-";

std::string now_rfc3339() {
  time_t now = ::time(nullptr);
  tm parts;
  ::gmtime_r(&now, &parts);
  char text[32];
  ::strftime(text, sizeof text, "%FT%TZ", &parts);
  return text;
}

void lock(FdView dir, int operation) {
  int result = sys::retry([&] { return ::flock(dir.get(), operation); });
  if (result < 0) throw Error::sys("flock", "the volumes");
}

Error no_such_volume(const std::string& name) { return Error(Errc::not_found, "no such volume: " + name); }

// Volumes that were taken out of sight and are still to be deleted, which takes as long as they are large. Their
// directories are locked meanwhile: what has no lock was left by a killed process.
class Removal {
 public:
  explicit Removal(std::string volumes_path) : path_(std::move(volumes_path)) {}

  // Takes it out of sight. The caller holds all volumes.
  void take_away(FdView volumes, const std::string& name) {
    Away away{std::string(being_removed) + random_id(), sys::open_dir(volumes, name)};
    lock(away.locked, LOCK_EX);
    sys::renameat(volumes, name, volumes, away.name);
    away_.push_back(std::move(away));
  }

  // Deletes them and gives the bytes that each held. The caller holds no volumes.
  std::vector<uint64_t> finish() {
    std::vector<uint64_t> bytes;
    Fd volumes = sys::open_dir(sys::cwd(), path_);
    for (const Away& away : away_) {
      bytes.push_back(tree_bytes(path_ + "/" + away.name + "/_data"));
      sys::remove_tree(volumes, away.name);
    }
    return bytes;
  }

 private:
  struct Away {
    std::string name;
    Fd locked;
  };
  std::string path_;
  std::vector<Away> away_;
};

void require_known(const VolumeUsers& used) {
  if (used.unknown_id.empty()) return;
  throw Error(Errc::corrupt, fmt::format("no volume is removed while the record of container {} cannot be read, since "
                                         "that container may use it ({}); remove the container first",
                                         used.unknown_id.substr(0, 12), used.unknown_why));
}

std::string joined(const std::vector<std::string>& ids) {
  std::string out;
  for (const std::string& id : ids) out += (out.empty() ? "" : ", ") + id;
  return out;
}

}  // namespace

Fd Volumes::open_directory() const {
  std::string path = root_ + "/volumes";
  if (std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), path, O_RDONLY | O_DIRECTORY)) return std::move(*dir);
  sys::mkdirs(path, 0711);
  return sys::open_dir(sys::cwd(), path);
}

Fd Volumes::hold() const {
  Fd dir = open_directory();
  lock(dir, LOCK_SH);
  return dir;
}

Fd Volumes::lock_all() const {
  Fd dir = open_directory();
  lock(dir, LOCK_EX);
  // Nobody makes one now: what is half-made was left by killed processes.
  for (const std::string& name : sys::list_dir(dir))
    if (name.starts_with(being_made)) sys::remove_tree(dir, name);
  return dir;
}

void Volumes::sweep() const {
  Fd dir = open_directory();
  for (const std::string& name : sys::list_dir(dir)) {
    if (!name.starts_with(being_removed)) continue;
    std::optional<Fd> left = sys::open_if_exists(dir, name, O_RDONLY | O_DIRECTORY);
    if (left && sys::try_lock(*left)) sys::remove_tree(dir, name);
  }
}

// Made under a name that no volume can have and then renamed: half-made ones are seen by nobody.
Volume Volumes::create(const std::string& wanted, const std::map<std::string, std::string>& labels, bool& made) {
  Volume volume;
  volume.anonymous = wanted.empty();
  volume.name = wanted.empty() ? random_id() : checked_volume_name(wanted);
  made = false;
  if (std::optional<Volume> there = find_if_exists(volume.name)) return std::move(*there);
  volume.created = now_rfc3339();
  volume.labels = labels;
  Fd dir = open_directory();
  std::string temporary = std::string(being_made) + random_id();
  sys::mkdirat(dir, temporary, 0701);
  try {
    Fd inside = sys::open_dir(dir, temporary);
    sys::mkdirat(inside, "_data", 0755);
    sys::fchmod(sys::open_dir(inside, "_data"), 0755);  // whatever the umask is
    sys::write_file_atomically(inside, volume_file, volume_to_json(volume), 0600);
    made = sys::rename_noreplace(dir, temporary, dir, volume.name);
  } catch (...) {
    sys::remove_tree(dir, temporary);
    throw;
  }
  if (!made) sys::remove_tree(dir, temporary);  // somebody else was quicker
  return find(volume.name);
}

std::optional<Volume> Volumes::find_if_exists(const std::string& name) const {
  std::optional<Fd> file = sys::open_if_exists(sys::cwd(), path_of(name) + "/" + volume_file, O_RDONLY);
  if (!file) return std::nullopt;
  if (sys::fstat(*file).st_size > static_cast<off_t>(record_bytes_max))
    throw Error(Errc::corrupt, fmt::format("{}/{} is damaged", path_of(name), volume_file));
  Volume volume = volume_from_json(sys::read_all(*file));
  volume.name = name;
  volume.mountpoint = path_of(name) + "/_data";
  return volume;
}

Volume Volumes::find(const std::string& name) const {
  bool plain = !name.empty() && name.find('/') == std::string::npos && !name.starts_with('.');
  std::optional<Volume> volume = plain ? find_if_exists(name) : std::nullopt;
  if (!volume) throw no_such_volume(name);
  return std::move(*volume);
}

std::vector<Volume> Volumes::list() const {
  std::vector<Volume> all;
  std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), root_ + "/volumes", O_RDONLY | O_DIRECTORY);
  if (!dir) return all;
  bool removal = false;
  for (const std::string& name : sys::list_dir(*dir)) {
    removal |= name.starts_with(being_removed);
    if (name.starts_with('.')) continue;
    if (std::optional<Volume> volume = find_if_exists(name)) all.push_back(std::move(*volume));
  }
  std::ranges::sort(all, {}, &Volume::name);
  if (removal) sweep();
  return all;
}

VolumeUsers Volumes::users() const {
  VolumeUsers all;
  std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), root_ + "/containers", O_RDONLY | O_DIRECTORY);
  if (!dir) return all;
  for (const std::string& id : sys::list_dir(*dir)) {
    std::optional<Fd> file = is_id(id) ? sys::open_if_exists(*dir, id + "/config.json", O_RDONLY) : std::nullopt;
    if (!file) continue;
    try {
      for (const Mount& mount : record_from_json(sys::read_all(*file)).spec.mounts)
        if (mount.kind == Mount::Kind::volume) all.by_volume[mount.volume].push_back(id);
    } catch (const Error& error) {
      all.unknown_id = id;
      all.unknown_why = error.what();
    }
  }
  return all;
}

void Volumes::remove(const std::string& name) {
  sweep();
  Removal removal(root_ + "/volumes");
  Fd all = lock_all();
  Volume volume = find(name);
  VolumeUsers used = users();
  auto user = used.by_volume.find(volume.name);
  if (user != used.by_volume.end())
    throw Error(Errc::conflict, fmt::format("remove {}: volume is in use - [{}]", name, joined(user->second)));
  require_known(used);
  removal.take_away(all, volume.name);
  all.reset();
  removal.finish();
}

std::vector<Volumes::Removed> Volumes::remove_unused(const std::function<bool(const Volume&)>& wanted) {
  std::vector<Removed> all, some;
  sweep();
  do {
    some = remove_some_unused(wanted);
    all.insert(all.end(), some.begin(), some.end());
  } while (some.size() == removed_at_once_max);
  return all;
}

std::vector<Volumes::Removed> Volumes::remove_some_unused(const std::function<bool(const Volume&)>& wanted) {
  std::vector<Removed> removed;
  Removal removal(root_ + "/volumes");
  Fd all = lock_all();
  VolumeUsers used = users();
  require_known(used);
  for (const Volume& volume : list()) {
    if (used.by_volume.contains(volume.name) || !wanted(volume)) continue;
    removal.take_away(all, volume.name);
    removed.push_back({volume.name, 0});
    if (removed.size() == removed_at_once_max) break;
  }
  all.reset();
  std::vector<uint64_t> bytes = removal.finish();
  for (size_t i = 0; i < removed.size(); ++i) removed[i].bytes = bytes[i];
  return removed;
}

uint64_t Volumes::bytes_of(const std::string& name) const { return tree_bytes(path_of(name) + "/_data"); }

std::vector<std::string> prepare_volumes(Volumes& volumes, Spec& spec, const std::vector<std::string>& image_volumes) {
  for (const std::string& path : image_volumes) {
    auto taken = [&](const Mount& mount) { return mount.destination == path; };
    if (std::ranges::any_of(spec.mounts, taken)) continue;
    Mount mount;
    mount.kind = Mount::Kind::volume;
    mount.destination = path;
    spec.mounts.push_back(std::move(mount));
  }
  std::vector<std::string> names;
  for (Mount& mount : spec.mounts) {
    if (mount.kind != Mount::Kind::volume || !mount.source.empty()) continue;
    bool made = false;
    Volume volume = volumes.create(mount.volume, {}, made);
    if (made) names.push_back(volume.name);
    mount.made_up = mount.volume.empty();
    mount.volume = volume.name;
    mount.source = volume.mountpoint;
  }
  return names;
}

void remove_anonymous_volumes(const std::string& root, const std::string& state, const Spec& spec) noexcept {
  try {
    Volumes volumes(root);
    std::vector<std::string> own;
    for (const Mount& mount : spec.mounts)
      if (mount.made_up) own.push_back(mount.volume);
    if (own.empty()) return;
    auto wanted = [&](const Volume& volume) {
      return volume.anonymous && std::ranges::find(own, volume.name) != own.end();
    };
    for (const Volumes::Removed& removed : volumes.remove_unused(wanted))
      record_volume_event(state, "destroy", removed.name);
  } catch (const Error&) {  // `volume prune` finds them
  }
}

}  // namespace ccocker::runtime
