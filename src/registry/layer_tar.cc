#include "registry/layer_tar.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "loop/error.h"
#include "loop/sys.h"
#include "registry/builtin.h"
#include "registry/layer_record.h"
#include "registry/sha256.h"
#include "registry/store_files.h"
#include "registry/tar_record.h"
#include "registry/tree_writer_directories.h"
#include "registry/tree_writer_path.h"

namespace ccocker::registry {
namespace {

RecordReader::Source source_of(FdView layer, const char* name) {
  auto file = std::make_shared<ZstdFileReader>(sys::openat(layer, name, O_RDONLY));
  return [file](std::span<std::byte> to) { return file->read(to); };
}

// Where content lies that later entries of the same layer have replaced.
struct Replaced {
  uint64_t entry;  // that took its place
  std::string path;
  uint64_t number;  // in replaced/
};

std::vector<Replaced> read_replaced(FdView layer) {
  std::vector<Replaced> all;
  if (!sys::stat_if_exists(layer, replaced_directory)) return all;
  PathReader paths(source_of(layer, tar_paths_file));
  PathItem item;
  while (paths.next(item))
    if (item.replaced) all.push_back({item.entry, item.path, all.size()});
  return all;
}

constexpr const char* get_again = "remove the image and pull it again";

}  // namespace

struct LayerTar::State {
  State(FdView root, const Digest& id);
  size_t read_raw(std::span<std::byte> to);
  size_t read_content(std::span<std::byte> to);
  size_t read_builtin(std::span<std::byte> to);
  bool next_frame();
  void open_content();
  Fd open_path(const PathItem& item);
  void check_end();
  [[noreturn]] void changed(const std::string& path) const;

  Digest diff_id;
  uint64_t total = 0, given = 0;
  Sha256 hash;
  bool ended = false;

  std::optional<std::span<const std::byte>> builtin;  // what is left of it
  Fd layer;
  Fd tree;
  std::optional<TreeDirectories> directories;
  std::optional<SplitReader> split;
  std::optional<PathReader> paths;
  std::vector<Replaced> replaced;
  SplitFrame frame;
  size_t raw_used = 0;
  PathItem path;
  Fd file;
  uint64_t content_left = 0;
};

LayerTar::State::State(FdView root, const Digest& id) : diff_id(id) {
  BuiltinImage own = builtin_image();
  if (own.diff_id == id) {
    builtin = own.tar;
    total = own.tar.size();
    return;
  }
  std::optional<LayerRecord> record = read_layer_record(root, layer_path(id));
  if (!record) throw Error(Errc::not_found, fmt::format("layer {} is not in the store", id.str()));
  total = record->tar_bytes;
  layer = sys::open_dir(root, layer_path(id));
  if (!sys::stat_if_exists(layer, tar_split_file))
    throw Error(
        Errc::unsupported,
        fmt::format("layer {} was stored by an older ccocker, which kept nothing to make its tar from", id.str()))
        .advise(get_again);
  tree = sys::open_dir(layer, "tree");
  directories.emplace(tree);
  split.emplace(source_of(layer, tar_split_file));
  paths.emplace(source_of(layer, tar_paths_file));
  replaced = read_replaced(layer);
}

void LayerTar::State::changed(const std::string& name) const {
  throw Error(Errc::corrupt, fmt::format("layer {}: {} was changed in the store since it was unpacked", diff_id.str(),
                                         printable_name(name)))
      .advise(get_again);
}

// Whatever took the place of this path, or of a directory above it, first after the entry has the content.
Fd LayerTar::State::open_path(const PathItem& item) {
  for (const Replaced& other : replaced) {
    if (other.entry <= item.entry) continue;
    bool same = item.path == other.path;
    if (!same && !item.path.starts_with(other.path + "/")) continue;
    std::string name = fmt::format("{}/{}{}", replaced_directory, other.number, item.path.substr(other.path.size()));
    try {
      return sys::openat2(layer, name, O_RDONLY | O_NONBLOCK, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    } catch (const Error&) {
      changed(item.path);
    }
  }
  OpenDirectory parent = directories->open_if_exists(parent_of(item.path));
  if (!parent) changed(item.path);
  int fd = ::openat(parent->get(), std::string(base_name_of(item.path)).c_str(),
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 && (errno == ENOENT || errno == ELOOP)) changed(item.path);
  if (fd < 0) throw Error::sys("openat", printable_name(item.path));
  return Fd(fd);
}

void LayerTar::State::open_content() {
  do {
    if (!paths->next(path) || path.entry > frame.entry)
      throw Error(Errc::unsupported,
                  fmt::format("layer {}: entry {} has content that unpacking does not keep, so that its tar cannot be "
                              "made again",
                              diff_id.str(), frame.entry));
  } while (path.replaced || path.entry < frame.entry);
  file = open_path(path);
  struct stat status = sys::fstat(file);
  if (!S_ISREG(status.st_mode) || static_cast<uint64_t>(status.st_size) != frame.content_bytes) changed(path.path);
  content_left = frame.content_bytes;
}

bool LayerTar::State::next_frame() {
  if (!split->next(frame)) return false;
  raw_used = 0;
  content_left = 0;
  file.reset();
  return true;
}

size_t LayerTar::State::read_raw(std::span<std::byte> to) {
  size_t count = std::min(to.size(), frame.raw.size() - raw_used);
  std::memcpy(to.data(), frame.raw.data() + raw_used, count);
  raw_used += count;
  return count;
}

size_t LayerTar::State::read_content(std::span<std::byte> to) {
  size_t wanted = static_cast<size_t>(std::min<uint64_t>(to.size(), content_left));
  ssize_t count = sys::retry([&] { return ::read(file.get(), to.data(), wanted); });
  if (count < 0) throw Error::sys("read", printable_name(path.path));
  if (count == 0) changed(path.path);
  content_left -= static_cast<uint64_t>(count);
  return static_cast<size_t>(count);
}

size_t LayerTar::State::read_builtin(std::span<std::byte> to) {
  size_t count = std::min(to.size(), builtin->size());
  std::memcpy(to.data(), builtin->data(), count);
  *builtin = builtin->subspan(count);
  return count;
}

void LayerTar::State::check_end() {
  if (ended) return;
  ended = true;
  Digest got = hash.finish();
  if (got == diff_id) return;
  throw Error(Errc::corrupt,
              fmt::format("layer {}: its files give a tar with the DiffID {}: one of them was changed in "
                          "the store since it was unpacked",
                          diff_id.str(), got.str()))
      .advise(get_again);
}

LayerTar::LayerTar(FdView root, const Digest& diff_id) : state_(std::make_unique<State>(root, diff_id)) {}
LayerTar::~LayerTar() = default;

uint64_t LayerTar::bytes() const { return state_->total; }

size_t LayerTar::read(std::span<std::byte> to) {
  State& at = *state_;
  size_t used = 0;
  while (used < to.size()) {
    std::span<std::byte> rest = to.subspan(used);
    size_t count = 0;
    if (at.builtin) {
      count = at.read_builtin(rest);
      if (count == 0) break;
    } else if (at.raw_used < at.frame.raw.size()) {
      count = at.read_raw(rest);
    } else if (at.content_left > 0) {
      count = at.read_content(rest);
    } else if (at.frame.content_bytes > 0 && !at.file) {
      at.open_content();
    } else if (!at.next_frame()) {
      break;
    }
    used += count;
  }
  at.given += used;
  if (at.given > at.total) at.changed("its record");
  at.hash.update(to.first(used));
  if (used == 0) at.check_end();
  return used;
}

}  // namespace ccocker::registry
