#include "registry/auth_challenge.h"

#include <algorithm>

#include "loop/error.h"
#include "registry/manifest_json.h"

namespace ccocker::registry {
namespace {

constexpr size_t token_answer_bytes_max = 1u << 20;
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool is_token_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// Reads a header value from left to right; never goes past its end.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  void skip_blanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
  }
  void skip_separators() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t' || rest_.front() == ','))
      rest_.remove_prefix(1);
  }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string token() {
    size_t length = 0;
    while (length < rest_.size() && is_token_char(rest_[length])) ++length;
    std::string out(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return out;
  }
  std::string token_lower() {
    std::string out = token();
    for (char& c : out)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
  }
  std::string value() { return take('"') ? quoted() : token(); }
  void skip_one() { rest_.remove_prefix(std::min<size_t>(1, rest_.size())); }
  std::string_view rest() const { return rest_; }
  void reset(std::string_view rest) { rest_ = rest; }

 private:
  std::string quoted() {
    std::string out;
    while (!rest_.empty() && !take('"')) {
      if (rest_.front() == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      out += rest_.front();
      rest_.remove_prefix(1);
    }
    return out;
  }
  std::string_view rest_;
};

// name "=" value; leaves the reader alone and says false when a scheme or something else follows.
bool take_parameter(HeaderReader& reader, Challenge& challenge) {
  std::string_view before = reader.rest();
  std::string name = reader.token_lower();
  reader.skip_blanks();
  if (name.empty() || !reader.take('=')) {
    reader.reset(before);
    return false;
  }
  reader.skip_blanks();
  challenge.parameters.insert_or_assign(std::move(name), reader.value());
  return true;
}

// A token68, as in "Negotiate YII=": not for us, but what follows it may be.
void skip_token68(HeaderReader& reader) {
  while (!reader.at_end() && reader.rest().front() != ',' && reader.rest().front() != ' ') reader.skip_one();
}

}  // namespace

std::string Challenge::parameter(const std::string& name) const {
  auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

std::vector<Challenge> parse_challenges(std::string_view header) {
  std::vector<Challenge> challenges;
  HeaderReader reader(header);
  for (reader.skip_separators(); !reader.at_end(); reader.skip_separators()) {
    Challenge challenge;
    challenge.scheme = reader.token_lower();
    if (challenge.scheme.empty()) {
      reader.skip_one();
      continue;
    }
    reader.skip_blanks();
    while (take_parameter(reader, challenge)) reader.skip_separators();
    if (challenge.parameters.empty() && challenge.scheme != "basic") skip_token68(reader);
    challenges.push_back(std::move(challenge));
  }
  return challenges;
}

Token parse_token_answer(std::string_view bytes) {
  Json json = parse_json_object(bytes, token_answer_bytes_max, "the token server's answer");
  JsonFields fields(json, "");
  Token token;
  token.value = fields.text("token");
  if (token.value.empty()) token.value = fields.text("access_token");
  if (token.value.empty()) throw Error(Errc::corrupt, "the token server's answer has no token");
  // Header injection: a token is one line of visible characters.
  if (!std::ranges::all_of(token.value, [](char c) { return c > ' ' && c < 0x7f; }))
    throw Error(Errc::corrupt, "the token server's answer has a token with odd characters");
  // Docker takes less than a minute for a minute, too: a token must last for the request that it was fetched for.
  constexpr int64_t lifetime_s_min = 60, lifetime_s_max = 7 * 24 * 3600;
  token.lifetime = std::chrono::seconds(std::clamp(fields.integer("expires_in", 0), lifetime_s_min, lifetime_s_max));
  return token;
}

std::string base64_encode(std::string_view bytes) {
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    size_t count = std::min<size_t>(3, bytes.size() - at);
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) group = group << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (size_t i = 0; i < 4; ++i) out += i <= count ? base64_digits[group >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  uint32_t group = 0;
  unsigned bits = 0;
  for (char c : text) {
    size_t digit = base64_digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    group = (group << 6 | static_cast<uint32_t>(digit)) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(group >> bits & 0xff);
  }
  return out;
}

}  // namespace ccocker::registry
