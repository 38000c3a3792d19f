#include <fmt/format.h>

#include <memory>

#include "registry/curl_api.h"
#include "registry/http.h"

namespace ccocker::registry {
namespace {

struct UrlDeleter {
  void operator()(CURLU* url) const { curl().url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlDeleter>;

// No user names in URLs: a redirect must not choose credentials.
constexpr unsigned parse_flags = CURLU_DISALLOW_USER;

std::optional<std::string> part(const Url& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl().url_get(url.get(), which, &text, flags) != CURLUE_OK) return std::nullopt;
  std::string out(text);
  curl().free(text);
  return out;
}

bool is_http(const Url& url) {
  std::optional<std::string> scheme = part(url, CURLUPART_SCHEME);
  return scheme && (*scheme == "http" || *scheme == "https");
}

}  // namespace

std::optional<UrlOrigin> url_origin(const std::string& text) {
  Url url(curl().url());
  if (curl().url_set(url.get(), CURLUPART_URL, text.c_str(), parse_flags) != CURLUE_OK || !is_http(url)) return {};
  std::optional<std::string> scheme = part(url, CURLUPART_SCHEME), host = part(url, CURLUPART_HOST),
                             port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (!scheme || !host || !port) return std::nullopt;
  for (char& c : *host)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return UrlOrigin{*scheme, *host, *port};
}

std::string host_and_port(const UrlOrigin& origin) {
  bool usual = origin.port == (origin.scheme == "https" ? "443" : "80");
  return usual ? origin.host : origin.host + ":" + origin.port;
}

std::optional<std::string> resolve_url(const std::string& base, const std::string& location) {
  Url url(curl().url());
  if (curl().url_set(url.get(), CURLUPART_URL, base.c_str(), parse_flags) != CURLUE_OK) return std::nullopt;
  if (curl().url_set(url.get(), CURLUPART_URL, location.c_str(), parse_flags) != CURLUE_OK || !is_http(url)) return {};
  return part(url, CURLUPART_URL);
}

bool is_loopback_host(std::string_view host) {
  return host == "localhost" || host == "[::1]" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

std::string url_encode(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                 c == '_' || c == '~';
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace ccocker::registry
