// What saving and pushing need of an image beside what `Image` says, and tags.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "loop/error.h"
#include "loop/sys.h"
#include "registry/image_record.h"
#include "registry/layer_record.h"
#include "registry/store.h"
#include "registry/store_files.h"

namespace ccocker::registry {

std::string Store::config_bytes(const Digest& id) const {
  std::string file = image_path(id) + "/config.json";
  std::optional<std::string> bytes = read_small_file(root_fd_, file);
  if (!bytes) throw Error(Errc::not_found, fmt::format("no such image: {}", id.str()));
  return std::move(*bytes);
}

std::vector<std::string> Store::manifests(const Digest& id) const {
  std::vector<std::string> all;
  Fd dir = sys::open_dir(root_fd_, image_path(id));
  for (const std::string& name : sys::list_dir(dir)) {
    if (!name.starts_with("manifest-") || !name.ends_with(".json")) continue;
    if (std::optional<std::string> bytes = read_small_file(dir, name)) all.push_back(std::move(*bytes));
  }
  return all;
}

std::vector<Digest> Store::layers() const { return list_ids(root_fd_, "layers"); }

uint64_t Store::layer_bytes(const Digest& diff_id) const {
  return registry::layer_bytes(root_fd_, layer_path(diff_id));
}

std::optional<Fd> Store::hold(const Image& image) const {
  std::optional<Fd> dir = sys::open_if_exists(root_fd_, image_path(image.id), O_RDONLY | O_DIRECTORY);
  if (!dir) return std::nullopt;
  if (sys::retry([&] { return ::flock(dir->get(), LOCK_SH); }) < 0) throw Error::sys("flock", image_path(image.id));
  // Who removes an image moves its directory away and empties it under the lock that was just waited for.
  if (::faccessat(dir->get(), "record.json", F_OK, 0) < 0) return std::nullopt;
  return std::move(*dir);
}

void Store::keep_layers(const Image& image) {
  for (const Digest& layer : image.config.diff_ids)
    if (!pin(layer))
      throw Error(Errc::not_found,
                  fmt::format("layer {} of image {} is not in the store", layer.str(), image.id.short_id()));
}

void Store::tag(const Digest& id, const Reference& name) {
  require_writable();
  require_free_name(name);
  StoreLock lock(root_fd_);
  if (!load_if_exists(id)) throw Error(Errc::not_found, fmt::format("no such image: {}", id.str()));
  ImageNames names = read_names(root_fd_);
  names.ids[name_key(name)] = id;
  write_names(root_fd_, names);
}

void Store::add_repo_digest(const Digest& id, const Reference& name, const Digest& manifest) {
  require_writable();
  StoreLock lock(root_fd_);
  if (!load_if_exists(id)) return;
  ImageNames names = read_names(root_fd_);
  if (names.ids.emplace(digest_key(name, manifest), id).second) write_names(root_fd_, names);
}

}  // namespace ccocker::registry
