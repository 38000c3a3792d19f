#pragma once
// -p and --expose.
#include <string>
#include <string_view>
#include <vector>

#include "runtime/spec.h"

namespace ccocker::cli {

// "[IP:][HOST-PORT[-LAST]:]PORT[-LAST][/tcp|udp]", IPv6 in brackets. Ranges of the same length are published one to
// one; of a longer range of the host one container port takes the first that is free.
std::vector<runtime::PublishedPort> parse_publish(std::string_view text);
// "PORT[-LAST][/tcp|udp]"; gives "80/tcp" for each.
std::vector<std::string> parse_expose(std::string_view text);

}  // namespace ccocker::cli
