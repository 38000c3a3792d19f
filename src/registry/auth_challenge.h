#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ccocker::registry {

// One challenge of a WWW-Authenticate header (RFC 9110, 11.6.1).
struct Challenge {
  std::string scheme;                             // lower case: "bearer", "basic"
  std::map<std::string, std::string> parameters;  // names in lower case
  std::string parameter(const std::string& name) const;
};

// All challenges of one header value, in order. What does not parse is left out: a header is no reason to fail.
std::vector<Challenge> parse_challenges(std::string_view header);

// What a token server answers (distribution specification, "Token Authentication").
struct Token {
  std::string value;
  std::chrono::seconds lifetime{60};  // at least the specification's default
};
// Errc::corrupt when there is no token in it.
Token parse_token_answer(std::string_view json);

std::string base64_encode(std::string_view bytes);
// Nullopt for what is not base64; padding may be missing.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace ccocker::registry
