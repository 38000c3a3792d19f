#include "registry/store_json.h"

#include <fcntl.h>

#include "loop/sys.h"

namespace ccocker::registry {

nlohmann::json parse_store_json(std::string_view bytes, std::string_view file, int version_max) {
  nlohmann::json document = nlohmann::json::parse(bytes, nullptr, false);
  if (!document.is_object() || !document.contains("version") || !document["version"].is_number_integer())
    throw Error(Errc::corrupt, fmt::format("{} is damaged: it is not a JSON object with a version", file));
  auto version = document["version"].get<int64_t>();
  if (version < 1) throw Error(Errc::corrupt, fmt::format("{} is damaged: version {}", file, version));
  if (version > version_max)
    throw Error(Errc::unsupported, fmt::format("{} was written by a newer ccocker (version {}, this one knows {})",
                                               file, version, version_max));
  return document;
}

void write_synced_file(FdView dir, const std::string& name, std::string_view bytes) {
  Fd file = sys::openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
  sys::write_all(file, bytes);
  sys::fsync(file);
}

}  // namespace ccocker::registry
