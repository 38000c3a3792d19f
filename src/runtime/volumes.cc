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
  // Nobody makes or removes one now: names with a dot are what killed processes have left.
  for (const std::string& name : sys::list_dir(dir))
    if (name.starts_with('.')) sys::remove_tree(dir, name);
  return dir;
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
  std::string temporary = ".new-" + random_id();
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
  for (const std::string& name : sys::list_dir(*dir)) {
    if (name.starts_with('.')) continue;
    if (std::optional<Volume> volume = find_if_exists(name)) all.push_back(std::move(*volume));
  }
  std::ranges::sort(all, {}, &Volume::name);
  return all;
}

std::map<std::string, std::vector<std::string>> Volumes::users() const {
  std::map<std::string, std::vector<std::string>> all;
  std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), root_ + "/containers", O_RDONLY | O_DIRECTORY);
  if (!dir) return all;
  for (const std::string& id : sys::list_dir(*dir)) {
    std::optional<Fd> file = is_id(id) ? sys::open_if_exists(*dir, id + "/config.json", O_RDONLY) : std::nullopt;
    if (!file) continue;
    try {
      for (const Mount& mount : record_from_json(sys::read_all(*file)).spec.mounts)
        if (mount.kind == Mount::Kind::volume) all[mount.volume].push_back(id);
    } catch (const Error&) {  // a damaged record cannot be started, so it keeps nothing
    }
  }
  return all;
}

void Volumes::remove(const std::string& name) {
  Fd all = lock_all();
  Volume volume = find(name);
  std::map<std::string, std::vector<std::string>> used = users();
  auto user = used.find(volume.name);
  if (user != used.end())
    throw Error(Errc::conflict, fmt::format("remove {}: volume is in use - [{}]", name, joined(user->second)));
  erase(volume.name);
}

uint64_t Volumes::bytes_of(const std::string& name) const { return tree_bytes(path_of(name) + "/_data"); }

// Taken out of sight with one rename. The caller holds all volumes.
uint64_t Volumes::erase(const std::string& name) {
  uint64_t bytes = bytes_of(name);
  Fd dir = open_directory();
  std::string away = ".removed-" + random_id();
  sys::renameat(dir, name, dir, away);
  sys::remove_tree(dir, away);
  return bytes;
}

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
      if (mount.kind == Mount::Kind::volume) own.push_back(mount.volume);
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
