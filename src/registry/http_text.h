#pragma once
#include <string>
#include <string_view>

namespace ccocker::registry {

// What a server or helper said, fit for a terminal: one line, no control characters, at most 300 bytes.
std::string one_line(std::string_view text);

// The message of a registry's error answer ({"errors":[{"code","message"}]}) or of a token server's; "" when the body
// is something else.
std::string server_message(std::string_view body);

}  // namespace ccocker::registry
