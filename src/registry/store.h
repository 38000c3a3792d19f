#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "loop/fd.h"
#include "loop/task.h"
#include "registry/descriptor.h"
#include "registry/image.h"
#include "registry/layer.h"

namespace ccocker::registry {

struct ImageRecord;

// What `remove` did, in the order it happened, for printing as Docker does.
struct Removal {
  std::vector<std::string> untagged;  // references
  std::vector<Digest> deleted;        // image IDs and layers' diff IDs
  uint64_t freed_bytes = 0;           // of the layers' files
};

// A container that stands on an image.
struct ImageUser {
  std::string container;  // its short ID, for the refusal's text
  bool running = true;    // a running one cannot be overruled with `force`
  bool firm = false;      // nor can this one, stopped as it may be
};

// The containers that use each image, by image ID.
struct ImageUsers {
  ImageUsers() = default;
  ImageUsers(const std::set<Digest>& used) {  // NOLINT(google-explicit-constructor): a set of IDs says enough
    for (const Digest& id : used) by_image.emplace(id, ImageUser{});
  }
  std::multimap<Digest, ImageUser> by_image;
};
using FindImageUsers = std::function<ImageUsers()>;

// The images and layers below --root:
//   images/names.json       which reference points to which image
//   images/<hex>/           one image: config.json as pulled (its digest is the ID), record.json, manifests
//   layers/<hex>/           one layer by its DiffID: tree/ and layer.json
//   staging/                what is being made or removed; each entry is locked by the process that works on it
// Opening it cleans what a killed process left (staging entries whose lock nobody holds). All methods may be called by
// several processes at once. A root on a read-only file system can be read.
class Store {
 public:
  explicit Store(const std::string& root);  // made when missing (0700); Errc::denied or system with the path
  Store(Store&&) = delete;
  ~Store();

  std::vector<Image> images() const;  // newest first
  // By reference, by "sha256:<hex>" or by an ID prefix of at least 1 digit. Errc::not_found; Errc::conflict when the
  // prefix fits several.
  Image find(const std::string& name) const;
  // The image has no other name than `reference` here: this is on the way of every `run`.
  std::optional<Image> find_reference(const Reference& reference) const;

  // Removes a name, or the image with all its names when `name` is an ID, as Docker does: Errc::conflict for what a
  // running container uses, and without `force` also for a stopped one and for an ID with names in several
  // repositories, and always for one that somebody holds. `find_users` is asked when no container can be made of the
  // image any more, and images that it names stay with their layers.
  Removal remove(const std::string& name, const FindImageUsers& find_users, bool force);

  // The same, forced, of an image that was seen with certain names: Errc::conflict when it has got another one since.
  Removal remove_as_seen(const Image& seen, const FindImageUsers& find_users);

  // Keeps the image and its layers from being removed by anybody as long as the descriptor is open: from the look at an
  // image until a container's record names it. Waits for a removal under way; nullopt when the image is gone.
  std::optional<Fd> hold(const Image& image) const;

  // The image carried inside the program, unpacked on first use; gives the stored image. Reference "builtin/busybox".
  Image builtin();

  // Starts to unpack a layer. Null: the layer is in the store already. While another process or task unpacks the same
  // one this waits. Either way the layer cannot be removed by others as long as this Store lives.
  Task<std::unique_ptr<LayerWriter>> begin_layer(Descriptor blob, Digest diff_id);
  bool has_layer(const Digest& diff_id) const;

  // Publishes an image whose layers are all in the store, and points `name` to it (a tag moves from the image that had
  // it). `manifest_bytes` may be empty (archives of Docker have none); `known_as` are the digests under which the
  // registry knows it beside the manifest's, first the one that `name` led to: its index. That one is a name from now
  // on, too. Gives the image ID.
  Task<Digest> add_image(std::string config_bytes, std::string manifest_bytes, std::optional<Reference> name,
                         std::vector<Digest> known_as = {});

  // Removes layers that no image needs: what pulls that failed have left for a next try.
  Removal collect_garbage();

  // The bytes of an image's config, whose digest is its ID, and of the manifests that registries served for it.
  std::string config_bytes(const Digest& id) const;
  std::vector<std::string> manifests(const Digest& id) const;
  // Keeps the image's layers from being removed by others as long as this Store lives. Errc::not_found when one is
  // gone.
  void keep_layers(const Image& image);
  std::vector<Digest> layers() const;                 // all that are here, whether an image needs them or not
  uint64_t layer_bytes(const Digest& diff_id) const;  // of its files; 0 when it is not here
  FdView root_fd() const { return root_fd_; }

  // Points `name` to the image `id`.
  void tag(const Digest& id, const Reference& name);
  // A registry has vouched for it: the image `id`, as long as it is here, is known as name@manifest from now on.
  void add_repo_digest(const Digest& id, const Reference& name, const Digest& manifest);

  const std::string& root() const { return root_; }

 private:
  void prepare_directories();
  void require_writable() const;
  bool pin(const Digest& diff_id);
  Image load_image(const Digest& id) const;
  std::optional<Image> load_if_exists(const Digest& id) const;
  Image find_by_prefix(const std::string& hex) const;
  std::optional<Digest> id_of_name(const std::string& name) const;
  ImageRecord make_record(const ImageConfig& config) const;
  void publish_image(const Digest& id, ImageRecord record, const std::string& config, const std::string& manifest);
  struct Target;
  Removal remove_image(const std::string& name, const FindImageUsers& find_users, bool force);
  Removal with_layers(Removal removal);
  void remove_name(const std::string& name, Target& target, bool force, Removal& removal);
  void remove_id(Target& target, bool force, Removal& removal);
  void delete_image(Target& target, Removal& removal);
  void unpack_builtin();
  void unpack_builtin_layer();

  std::string root_;
  Fd root_fd_;
  bool writable_ = true;
  std::map<Digest, Fd> pins_;  // shared locks on layers that this process counts on
};

}  // namespace ccocker::registry
