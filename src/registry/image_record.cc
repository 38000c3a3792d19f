#include "registry/image_record.h"

#include "registry/store_json.h"

namespace ccocker::registry {
namespace {

using nlohmann::json;

std::vector<std::string> strings_of(const std::vector<Digest>& digests) {
  std::vector<std::string> texts;
  for (const Digest& digest : digests) texts.push_back(digest.str());
  return texts;
}

std::vector<Digest> digests_of(const json& texts) {
  std::vector<Digest> digests;
  for (const json& text : texts) digests.push_back(Digest::parse(text.get<std::string>()));
  return digests;
}

std::string repository_key(const Reference& reference) { return reference.registry + "/" + reference.repository; }

}  // namespace

std::string format_image_record(const ImageRecord& record) {
  json document = {{"version", image_record_version},
                   {"layers", strings_of(record.layers)},
                   {"manifest_digests", strings_of(record.manifest_digests)},
                   {"size_bytes", record.size_bytes}};
  return document.dump();
}

ImageRecord parse_image_record(std::string_view bytes, std::string_view file) {
  json document = parse_store_json(bytes, file, image_record_version);
  return with_json_errors(file, [&] {
    return ImageRecord{.layers = digests_of(document.at("layers")),
                       .manifest_digests = digests_of(document.at("manifest_digests")),
                       .size_bytes = document.at("size_bytes").get<uint64_t>()};
  });
}

std::vector<std::string> ImageNames::names_of(const Digest& id) const {
  std::vector<std::string> names;
  for (const auto& [name, target] : ids)
    if (target == id) names.push_back(name);
  return names;
}

std::string format_image_names(const ImageNames& names) {
  json table = json::object();
  for (const auto& [name, id] : names.ids) table[name] = id.str();
  json document = {{"version", names_version}, {"names", std::move(table)}};
  return document.dump(1);
}

ImageNames parse_image_names(std::string_view bytes, std::string_view file) {
  json document = parse_store_json(bytes, file, names_version);
  return with_json_errors(file, [&] {
    ImageNames names;
    for (const auto& [name, id] : document.at("names").items())
      names.ids.emplace(name, Digest::parse(id.get<std::string>()));
    return names;
  });
}

std::string name_key(const Reference& reference) {
  if (!reference.digest.empty()) return digest_key(reference, reference.digest);
  return repository_key(reference) + ":" + reference.tag;
}

std::string digest_key(const Reference& reference, const Digest& manifest) {
  return repository_key(reference) + "@" + manifest.str();
}

Reference reference_of_key(std::string_view key) {
  Reference reference;
  size_t slash = key.find('/');
  if (slash == std::string_view::npos) throw Error(Errc::corrupt, fmt::format("\"{}\" is not a full image name", key));
  reference.registry = key.substr(0, slash);
  std::string_view rest = key.substr(slash + 1);
  if (size_t at = rest.find('@'); at != std::string_view::npos) {
    reference.digest = Digest::parse(rest.substr(at + 1));
    reference.repository = rest.substr(0, at);
    return reference;
  }
  size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos)
    throw Error(Errc::corrupt, fmt::format("\"{}\" has neither tag nor digest", key));
  reference.repository = rest.substr(0, colon);
  reference.tag = rest.substr(colon + 1);
  return reference;
}

}  // namespace ccocker::registry
