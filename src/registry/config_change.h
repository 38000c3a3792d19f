#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace ccocker::registry {

// Applies Dockerfile instructions (CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, MAINTAINER, ONBUILD, STOPSIGNAL,
// USER, VOLUME, WORKDIR) to the "config" object of an image config, given and returned as JSON text. Errc::invalid
// names the instruction and what is wrong with it.
std::string apply_config_changes(std::string_view config_object, const std::vector<std::string>& changes);

}  // namespace ccocker::registry
