#include <nlohmann/json.hpp>

#include "loop/error.h"
#include "runtime/volumes.h"

namespace ccocker::runtime {
namespace {

using nlohmann::json;
constexpr int volume_version = 1;

}  // namespace

std::string volume_to_json(const Volume& volume) {
  json document = {{"version", volume_version},
                   {"created", volume.created},
                   {"labels", volume.labels},
                   {"anonymous", volume.anonymous}};
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

Volume volume_from_json(std::string_view text) {
  try {
    json document = json::parse(text);
    if (document.at("version").get<int>() > volume_version)
      throw Error(Errc::unsupported, "a volume was made by a newer ccocker");
    Volume volume;
    document.at("created").get_to(volume.created);
    document.at("labels").get_to(volume.labels);
    document.at("anonymous").get_to(volume.anonymous);
    return volume;
  } catch (const json::exception& error) {
    throw Error(Errc::corrupt, std::string("a volume's record is damaged: ") + error.what());
  }
}

}  // namespace ccocker::runtime
