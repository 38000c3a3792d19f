#include <nlohmann/json.hpp>

#include "registry/archive.h"
#include "registry/json_depth.h"
#include "registry/store_json.h"

namespace ccocker::registry {

std::vector<SavedImage> parse_saved_images(std::string_view bytes) {
  return with_json_errors("manifest.json", [&] {
    nlohmann::json document = nlohmann::json::parse(bytes, refuse_depth<nlohmann::json>);
    if (!document.is_array() || document.size() > saved_images_max)
      throw Error(Errc::corrupt, fmt::format("it is not a list of at most {} images", saved_images_max));
    std::vector<SavedImage> images;
    for (const nlohmann::json& item : document) {
      SavedImage image{.config = item.at("Config").get<std::string>(),
                       .tags = {},
                       .layers = item.at("Layers").get<std::vector<std::string>>()};
      auto tags = item.find("RepoTags");
      if (tags != item.end() && !tags->is_null()) image.tags = tags->get<std::vector<std::string>>();
      images.push_back(std::move(image));
    }
    return images;
  });
}

}  // namespace ccocker::registry
