// Docker's rules of `rmi` (moby daemon/images/image_delete.go), in its words.
#include <fmt/format.h>

#include <algorithm>

#include "loop/error.h"
#include "registry/gc.h"
#include "registry/image_record.h"
#include "registry/staging.h"
#include "registry/store.h"
#include "registry/store_files.h"

namespace ccocker::registry {
namespace {

constexpr size_t layers_taken_max = 64;  // at once: each keeps a descriptor until its tree is gone

std::string repository_of(const std::string& name) {
  size_t at = name.find('@');
  return at != std::string::npos ? name.substr(0, at) : name.substr(0, name.rfind(':'));
}

bool is_by_digest(const std::string& name) { return name.find('@') != std::string::npos; }

// All names are in one repository, with at most one tag: then an ID may stand for them all.
bool is_single_reference(const std::vector<std::string>& names) {
  if (names.size() <= 1) return true;
  if (std::ranges::count_if(names, [](const std::string& name) { return !is_by_digest(name); }) > 1) return false;
  return std::ranges::all_of(names,
                             [&](const std::string& name) { return repository_of(name) == repository_of(names[0]); });
}

std::string named(const ImageUser& user) {
  return user.container.empty() ? "a container" : "container " + user.container;
}

Error cannot_delete(const Digest& id, bool force_helps, const std::string& why) {
  return Error(Errc::conflict, fmt::format("conflict: unable to delete {} ({}) - {}", id.short_id(),
                                           force_helps ? "must be forced" : "cannot be forced", why));
}

void untag(ImageNames& names, const std::string& name, Removal& removal) {
  removal.untagged.push_back(reference_of_key(name).familiar());
  names.ids.erase(name);
}

// A repository whose last tag goes takes its digests along.
void untag_leftover_digests(ImageNames& names, const Digest& id, const std::string& gone, Removal& removal) {
  std::vector<std::string> left = names.names_of(id);
  bool tagged = std::ranges::any_of(
      left, [&](const std::string& name) { return !is_by_digest(name) && repository_of(name) == repository_of(gone); });
  if (tagged || is_by_digest(gone)) return;
  for (const std::string& name : left)
    if (repository_of(name) == repository_of(gone)) untag(names, name, removal);
}

bool has_new_names(const Image& seen, const std::vector<std::string>& names) {
  return std::ranges::any_of(names, [&](const std::string& name) {
    Reference reference = reference_of_key(name);
    const std::vector<Reference>& known = reference.digest.empty() ? seen.tags : seen.repo_digests;
    return std::ranges::find(known, reference) == known.end();
  });
}

std::vector<UnneededLayer> take_garbage(FdView root) {
  StoreLock lock(root);
  return take_unneeded_layers(root, layers_taken_max);
}

// The container that counts most: a running one.
std::optional<ImageUser> user_of(const Digest& id, const ImageUsers& used) {
  auto [begin, end] = used.by_image.equal_range(id);
  std::optional<ImageUser> user;
  for (auto it = begin; it != end; ++it)
    if (!user || it->second.running) user = it->second;
  return user;
}

}  // namespace

// An image that is to go, and what keeps it. Its lock comes before the look for users: who makes a container holds the
// image until the record is there, so either the lock fails or the look finds the record.
struct Store::Target {
  Target(FdView root, const Digest& image, const FindImageUsers& find_users)
      : id(image), lock(try_lock_for_discard(root, image_path(image))), user(user_of(image, find_users())) {}

  bool is_needed() const { return user || !lock; }
  std::string user_text() const { return user ? named(*user) : "a container that is being made"; }
  std::optional<Error> refusal(bool force) const;

  Digest id;
  std::optional<Fd> lock;  // nullopt: somebody holds the image
  std::optional<ImageUser> user;
};

std::optional<Error> Store::Target::refusal(bool force) const {
  if (user && user->running)
    return cannot_delete(id, false, fmt::format("image is being used by running {}", named(*user)));
  if (user && (user->firm || !force))
    return cannot_delete(id, !user->firm, fmt::format("image is being used by stopped {}", named(*user)));
  if (!lock) return cannot_delete(id, false, "image is being used by " + user_text());
  return std::nullopt;
}

Removal Store::remove(const std::string& name, const FindImageUsers& find_users, bool force) {
  require_writable();
  return with_layers(remove_image(name, find_users, force));
}

Removal Store::remove_as_seen(const Image& seen, const FindImageUsers& find_users) {
  require_writable();
  Removal removal;
  {
    StoreLock lock(root_fd_);
    Target target(root_fd_, load_image(seen.id).id, find_users);
    if (has_new_names(seen, read_names(root_fd_).names_of(seen.id)))
      throw cannot_delete(seen.id, false, "it has got another name meanwhile");
    remove_id(target, true, removal);
  }
  return with_layers(std::move(removal));
}

// And what no image needs any more by that.
Removal Store::with_layers(Removal removal) {
  if (removal.deleted.empty()) return removal;
  Removal layers = collect_garbage();
  removal.deleted.insert(removal.deleted.end(), layers.deleted.begin(), layers.deleted.end());
  removal.freed_bytes += layers.freed_bytes;
  return removal;
}

// All of it but the layers.
Removal Store::remove_image(const std::string& name, const FindImageUsers& find_users, bool force) {
  StoreLock lock(root_fd_);
  Removal removal;
  std::optional<Digest> by_name = name.starts_with("sha256:") ? std::nullopt : id_of_name(name);
  Target target(root_fd_, by_name ? *by_name : find(name).id, find_users);
  if (by_name) {
    remove_name(name, target, force, removal);
  } else {
    remove_id(target, force, removal);
  }
  return removal;
}

void Store::remove_name(const std::string& name, Target& target, bool force, Removal& removal) {
  Reference reference = parse_reference(name);
  ImageNames names = read_names(root_fd_);
  std::string key = name_key(reference);
  if (target.is_needed() && !force && is_single_reference(names.names_of(target.id)))
    throw Error(Errc::conflict,
                fmt::format("conflict: unable to remove repository reference \"{}\" (must force) - {} is using its "
                            "referenced image {}",
                            name, target.user_text(), target.id.short_id()));
  untag(names, key, removal);
  untag_leftover_digests(names, target.id, key, removal);
  write_names(root_fd_, names);
  // What a container stands on stays, without a name.
  if (names.names_of(target.id).empty() && !target.is_needed()) delete_image(target, removal);
}

void Store::remove_id(Target& target, bool force, Removal& removal) {
  ImageNames names = read_names(root_fd_);
  std::vector<std::string> own = names.names_of(target.id);
  if (std::optional<Error> error = target.refusal(force)) throw std::move(*error);
  if (!force && !is_single_reference(own))
    throw cannot_delete(target.id, true, "image is referenced in multiple repositories");
  for (const std::string& name : own) untag(names, name, removal);
  if (!own.empty()) write_names(root_fd_, names);
  // A stopped container's layers must stay as long as it may be started again; so does the image, without a name.
  if (!target.is_needed()) delete_image(target, removal);
}

void Store::delete_image(Target& target, Removal& removal) {
  if (*target.lock) StagingEntry::take(root_fd_, image_path(target.id), std::move(*target.lock)).remove();
  removal.deleted.push_back(target.id);
}

// Trees are removed while nobody waits for the lock.
Removal Store::collect_garbage() {
  require_writable();
  Removal removal;
  for (;;) {
    std::vector<UnneededLayer> layers = take_garbage(root_fd_);
    for (UnneededLayer& layer : layers) {
      layer.taken.remove();
      removal.deleted.push_back(std::move(layer.diff_id));
      removal.freed_bytes += layer.bytes;
    }
    if (layers.size() < layers_taken_max) return removal;
  }
}

}  // namespace ccocker::registry
