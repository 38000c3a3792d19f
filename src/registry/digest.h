#pragma once
#include <compare>
#include <string>
#include <string_view>

namespace ccocker::registry {

// A content digest of the OCI image specification ("Digests"), always SHA-256 here: 64 lower-case hex digits.
class Digest {
 public:
  Digest() = default;
  // Parses "sha256:<hex>". Errc::invalid for a bad form, Errc::unsupported for another algorithm.
  static Digest parse(std::string_view text);
  static Digest from_hex(std::string hex) { return Digest(std::move(hex)); }

  const std::string& hex() const { return hex_; }
  std::string str() const { return "sha256:" + hex_; }
  std::string short_id() const { return hex_.substr(0, 12); }
  bool empty() const { return hex_.empty(); }
  auto operator<=>(const Digest&) const = default;

 private:
  explicit Digest(std::string hex) : hex_(std::move(hex)) {}
  std::string hex_;
};

}  // namespace ccocker::registry
