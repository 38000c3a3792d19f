#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loop/fd.h"
#include "registry/digest.h"
#include "registry/reference.h"

namespace ccocker::registry {

// images/HEX/record.json: what the config does not say.
struct ImageRecord {
  std::vector<Digest> layers;            // DiffIDs, lowest first
  std::vector<Digest> manifest_digests;  // what registries called it, its index too
  uint64_t size_bytes = 0;
};

constexpr int image_record_version = 1;
std::string format_image_record(const ImageRecord& record);
// `file` is for the error: Errc::corrupt or unsupported.
ImageRecord parse_image_record(std::string_view bytes, std::string_view file);

// images/names.json: which name points to which image.
constexpr int names_version = 1;
struct ImageNames {
  std::map<std::string, Digest> ids;  // by full name: registry/repository:tag or registry/repository@sha256:...

  std::vector<std::string> names_of(const Digest& id) const;
};
std::string format_image_names(const ImageNames& names);
ImageNames parse_image_names(std::string_view bytes, std::string_view file);

// The key of a reference in ImageNames: by its digest when it has one, else by its tag.
std::string name_key(const Reference& reference);
std::string digest_key(const Reference& reference, const Digest& manifest);
Reference reference_of_key(std::string_view key);

}  // namespace ccocker::registry
