#pragma once
// An image as `docker image inspect` shows it.
#include <string_view>

#include "cli/value.h"
#include "registry/image.h"

namespace ccocker::cli {

// `config_json` are the bytes of the image's config as pulled.
Value inspect_image(const registry::Image& image, std::string_view config_json);

}  // namespace ccocker::cli
