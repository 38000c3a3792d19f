#include "registry/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "loop/error.h"
#include "loop/sys.h"
#include "registry/image_record.h"
#include "registry/manifest.h"
#include "registry/staging.h"
#include "registry/store_files.h"

namespace ccocker::registry {
namespace {

constexpr mode_t private_mode = 0700;  // layers hold set-user-ID files of other machines
constexpr const char* directories[] = {"images", "layers", "staging"};

bool means_read_only(const Error& error) { return error.errno_value() == EROFS; }

Fd open_root(const std::string& root) {
  try {
    if (std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), root, O_PATH | O_DIRECTORY)) return std::move(*dir);
    sys::mkdirs(root, private_mode);
    return sys::openat(sys::cwd(), root, O_PATH | O_DIRECTORY);
  } catch (Error& error) {
    throw std::move(error).in("the image store").advise("pass a --root that can be used");
  }
}

// overlayfs takes no directory twice. The topmost of several says all that those below it say.
std::vector<Digest> without_repetitions(const std::vector<Digest>& layers) {
  std::vector<Digest> once;
  for (auto layer = layers.begin(); layer != layers.end(); ++layer)
    if (std::find(layer + 1, layers.end(), *layer) == layers.end()) once.push_back(*layer);
  return once;
}

void add_name(Image& image, Reference name) {
  (name.digest.empty() ? image.tags : image.repo_digests).push_back(std::move(name));
}

void set_names(Image& image, const std::vector<std::string>& names) {
  for (const std::string& name : names) add_name(image, reference_of_key(name));
}

Error no_such_image(const std::string& name) { return Error(Errc::not_found, fmt::format("no such image: {}", name)); }

}  // namespace

Store::Store(const std::string& root) : root_(root), root_fd_(open_root(root)) {
  try {
    prepare_directories();
  } catch (Error& error) {
    if (!means_read_only(error))
      throw Error(error.errno_value() == EACCES || error.errno_value() == EPERM ? Errc::denied : error.code(),
                  fmt::format("the image store {}: {}", root, error.text()));
    writable_ = false;
  }
}

Store::~Store() = default;

void Store::prepare_directories() {
  if (::faccessat(root_fd_.get(), "staging", F_OK, 0) < 0) {
    for (const char* name : directories) sys::mkdirat_if_missing(root_fd_, name, private_mode);
    return;
  }
  sweep_staging(root_fd_);
}

std::optional<Image> Store::load_if_exists(const Digest& id) const {
  std::string directory = image_path(id);
  std::optional<std::string> record_bytes = read_small_file(root_fd_, directory + "/record.json");
  if (!record_bytes) return std::nullopt;
  std::optional<std::string> config_bytes = read_small_file(root_fd_, directory + "/config.json");
  if (!config_bytes && !sys::stat_if_exists(root_fd_, directory)) return std::nullopt;  // removed between the two
  if (!config_bytes) throw Error(Errc::corrupt, fmt::format("{}/{} has no config.json", root_, directory));
  ImageRecord record = parse_image_record(*record_bytes, directory + "/record.json");
  Image image;
  image.id = id;
  image.config = parse_image_config(*config_bytes);
  image.manifest_digests = std::move(record.manifest_digests);
  image.size_bytes = record.size_bytes;
  for (const Digest& layer : without_repetitions(record.layers))
    image.layer_paths.push_back(fmt::format("{}/{}/tree", root_, layer_path(layer)));
  return image;
}

Image Store::load_image(const Digest& id) const {
  std::optional<Image> image = load_if_exists(id);
  if (!image) throw no_such_image(id.str());
  set_names(*image, read_names(root_fd_).names_of(id));
  return std::move(*image);
}

std::vector<Image> Store::images() const {
  // Names after the images: one that comes in between is not listed, instead of being listed without its name.
  std::vector<Digest> ids = list_ids(root_fd_, "images");
  std::map<Digest, std::vector<std::string>> names;
  for (const auto& [name, id] : read_names(root_fd_).ids) names[id].push_back(name);
  std::vector<Image> images;
  for (const Digest& id : ids) {
    std::optional<Image> image = load_if_exists(id);
    if (!image) continue;  // removed by another process right now
    set_names(*image, names[id]);
    images.push_back(std::move(*image));
  }
  std::ranges::stable_sort(images, [](const Image& a, const Image& b) { return a.config.created > b.config.created; });
  return images;
}

std::optional<Image> Store::find_reference(const Reference& reference) const {
  ImageNames names = read_names(root_fd_);
  auto found = names.ids.find(name_key(reference));
  if (found == names.ids.end()) return std::nullopt;
  std::optional<Image> image = load_if_exists(found->second);
  if (image) add_name(*image, reference);
  return image;
}

// By name first, as Docker does: an image called "cafe" hides the ID cafe...
std::optional<Digest> Store::id_of_name(const std::string& name) const {
  Reference reference;
  try {
    reference = parse_reference(name);
  } catch (const Error&) {
    return std::nullopt;
  }
  ImageNames names = read_names(root_fd_);
  auto found = names.ids.find(name_key(reference));
  if (found == names.ids.end()) return std::nullopt;
  return found->second;
}

Image Store::find(const std::string& name) const {
  constexpr std::string_view algorithm = "sha256:";
  bool is_digest = name.starts_with(algorithm);
  std::string hex = is_digest ? name.substr(algorithm.size()) : name;
  if (!is_digest) {
    std::optional<Digest> id = id_of_name(name);
    if (id) return load_image(*id);
  }
  bool may_be_id = !hex.empty() && hex.size() <= 64 && hex.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (may_be_id) return find_by_prefix(hex);
  if (!is_digest) parse_reference(name);  // says what is wrong with the name, when it is one that cannot be
  throw no_such_image(name);
}

Image Store::find_by_prefix(const std::string& hex) const {
  std::optional<Digest> match;
  for (const Digest& id : list_ids(root_fd_, "images")) {
    if (!id.hex().starts_with(hex)) continue;
    if (match)
      throw Error(Errc::conflict, fmt::format("several images have an ID that begins with {}; type more of it", hex));
    match = id;
  }
  if (!match) throw no_such_image(hex);
  return load_image(*match);
}

bool Store::has_layer(const Digest& diff_id) const {
  return ::faccessat(root_fd_.get(), (layer_path(diff_id) + "/layer.json").c_str(), F_OK, 0) == 0;
}

}  // namespace ccocker::registry
