#include "registry/store_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/sys.h"
#include "registry/staging.h"
#include "registry/store_json.h"

namespace ccocker::registry {
namespace {

constexpr int lock_tries_max = 3000;
constexpr std::chrono::milliseconds lock_retry{10};  // with lock_tries_max: half a minute
constexpr const char* names_file = "images/names.json";

Error kept_locked(FdView dir) {
  std::string path = sys::readlinkat(sys::cwd(), fmt::format("/proc/self/fd/{}", dir.get()));
  return Error(Errc::timed_out, fmt::format("another ccocker has kept the image store ({}) locked for half a minute; is "
                                            "one stopped (kill -CONT)? Otherwise try again",
                                            path));
}

// 64 lower-case hex digits.
bool is_hex_id(std::string_view name) {
  return name.size() == 64 &&
         std::ranges::all_of(name, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

StoreLock::StoreLock(FdView root) : dir_(sys::open_dir(root, "images")) {
  for (int tries = 0; tries < lock_tries_max; ++tries) {
    if (sys::try_lock(dir_)) return;
    std::this_thread::sleep_for(lock_retry);
  }
  throw kept_locked(dir_);
}

Task<StoreLock> StoreLock::acquire(FdView root) {
  StoreLock lock;
  lock.dir_ = sys::open_dir(root, "images");
  for (int tries = 0; tries < lock_tries_max; ++tries) {
    if (sys::try_lock(lock.dir_)) co_return lock;
    co_await io::sleep(lock_retry);
  }
  throw kept_locked(lock.dir_);
}

std::optional<std::string> read_small_file(FdView root, const std::string& path) {
  std::optional<Fd> file = sys::open_if_exists(root, path, O_RDONLY);
  if (!file) return std::nullopt;
  std::string bytes(static_cast<size_t>(sys::fstat(*file).st_size), '\0');
  size_t used = 0;
  while (used < bytes.size()) {
    ssize_t count = sys::retry([&] { return ::read(file->get(), bytes.data() + used, bytes.size() - used); });
    if (count < 0) throw Error::sys("read", path);
    if (count == 0) break;
    used += static_cast<size_t>(count);
  }
  bytes.resize(used);
  return bytes;
}

void replace_file(FdView root, const std::string& path, std::string_view bytes) {
  static unsigned count = 0;
  StagingEntry entry = StagingEntry::claim(root, fmt::format("file-{}-{}", ::getpid(), count++));
  write_synced_file(entry.dir(), "file", bytes);
  sys::renameat(entry.dir(), "file", root, path);
  sys::fsync(sys::open_dir(root, path.substr(0, path.rfind('/'))));
}

ImageNames read_names(FdView root) {
  std::optional<std::string> bytes = read_small_file(root, names_file);
  return bytes ? parse_image_names(*bytes, names_file) : ImageNames{};
}

void write_names(FdView root, const ImageNames& names) { replace_file(root, names_file, format_image_names(names)); }

std::string image_path(const Digest& id) { return "images/" + id.hex(); }
std::string layer_path(const Digest& id) { return "layers/" + id.hex(); }

std::vector<Digest> list_ids(FdView root, const char* directory) {
  std::vector<Digest> ids;
  std::optional<Fd> dir = sys::open_if_exists(root, directory, O_RDONLY | O_DIRECTORY);
  if (!dir) return ids;
  for (std::string& name : sys::list_dir(*dir))
    if (is_hex_id(name)) ids.push_back(Digest::from_hex(std::move(name)));
  return ids;
}

}  // namespace ccocker::registry
