#pragma once
// Volumes: ROOT/volumes/NAME/_data holds the files, ROOT/volumes/NAME/volume.json says the rest. A volume is in use as
// long as a container's record names it.
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loop/fd.h"
#include "runtime/record.h"
#include "runtime/spec.h"

namespace ccocker::runtime {

struct Volume {
  std::string name;
  std::string created;  // RFC 3339
  std::map<std::string, std::string> labels;
  bool anonymous = false;  // nobody gave it a name
  std::string mountpoint;  // its files
};

std::string volume_to_json(const Volume& volume);  // what volume.json holds; the mountpoint is not in it
Volume volume_from_json(std::string_view text);    // Errc::corrupt

// The containers whose records name each volume.
struct VolumeUsers {
  std::map<std::string, std::vector<std::string>> by_volume;  // their IDs
  // A container whose record cannot be read, so that nobody knows what it uses: its ID and why; else empty.
  std::string unknown_id, unknown_why;
};

class Volumes {
 public:
  explicit Volumes(std::string root) : root_(std::move(root)) {}

  // Keeps `remove` and `remove_unused` of all processes away: from the making of volumes until a container's record
  // names them.
  Fd hold() const;

  // Hold the volumes meanwhile. An empty name makes an anonymous volume. One that is there is given back as it is.
  Volume create(const std::string& name, const std::map<std::string, std::string>& labels, bool& made);
  std::vector<Volume> list() const;            // by name; finishes what killed removals have left
  Volume find(const std::string& name) const;  // Errc::not_found
  std::optional<Volume> find_if_exists(const std::string& name) const;
  void remove(const std::string& name);  // Errc::not_found; Errc::conflict with the containers that use it
  // Removes those that no container uses and `wanted` accepts; gives them and the bytes they held. Errc::corrupt while
  // a container's record cannot be read. The volumes are only locked while they are taken out of sight.
  struct Removed {
    std::string name;
    uint64_t bytes;
  };
  std::vector<Removed> remove_unused(const std::function<bool(const Volume&)>& wanted);

  VolumeUsers users() const;
  uint64_t bytes_of(const std::string& name) const;  // of its files

 private:
  std::string path_of(const std::string& name) const { return root_ + "/volumes/" + name; }
  Fd open_directory() const;
  Fd lock_all() const;
  void sweep() const;
  std::vector<Removed> remove_some_unused(const std::function<bool(const Volume&)>& wanted);
  std::string root_;
};

// Makes the volumes that the spec's mounts name (or, without a name, anonymous ones) and puts their places into the
// mounts. `image_volumes` are paths that the image wants volumes at; those where a mount is already get none. Gives the
// names of what was made. Hold the volumes meanwhile.
std::vector<std::string> prepare_volumes(Volumes& volumes, Spec& spec, const std::vector<std::string>& image_volumes);

// At a container's start. The first one fills empty volumes with what the image has at their places (files, owners,
// modes, xattrs, links) and gives them that directory's owner and mode; a mark in `container_dir` says so, and from
// then on a volume stays as the container leaves it, empty too. `has_run`: it was started before, perhaps by a ccocker
// that made no such mark. A copy that a crash cut short is done again at any start.
void fill_volumes(const Spec& spec, FdView container_dir, bool has_run, FdView rootfs);

// After a container's record is gone: removes the anonymous volumes that were made for it, or for one whose volumes it
// took over, and that nobody else has, and records that. One that was mounted by its name stays, as in Docker.
void remove_anonymous_volumes(const std::string& root, const std::string& state, const Spec& spec) noexcept;

}  // namespace ccocker::runtime
