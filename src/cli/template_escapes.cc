#include "cli/template_escapes.h"

#include <fmt/format.h>

namespace ccocker::cli {
namespace {

// `change` gives a byte's replacement, or "" for what stays.
template <typename Change>
std::string escaped(std::string_view text, Change change) {
  std::string out;
  for (char c : text) {
    std::string instead = change(c);
    if (instead.empty())
      out += c;
    else
      out += instead;
  }
  return out;
}

}  // namespace

std::string html_escaped(std::string_view text) {
  return escaped(text, [](char c) -> std::string {
    switch (c) {
      case 0:
        return "\xef\xbf\xbd";
      case '"':
        return "&#34;";
      case '\'':
        return "&#39;";
      case '&':
        return "&amp;";
      case '<':
        return "&lt;";
      case '>':
        return "&gt;";
      default:
        return "";
    }
  });
}

std::string js_escaped(std::string_view text) {
  return escaped(text, [](char c) -> std::string {
    if (c == '\\' || c == '\'' || c == '"') return {'\\', c};
    bool coded = c == '<' || c == '>' || c == '&' || c == '=' || static_cast<unsigned char>(c) < ' ';
    return coded ? fmt::format("\\u{:04X}", static_cast<unsigned char>(c)) : "";
  });
}

std::string url_query_escaped(std::string_view text) {
  return escaped(text, [](char c) -> std::string {
    bool stays = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                 c == '.' || c == '~';
    if (stays) return "";
    return c == ' ' ? "+" : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  });
}

}  // namespace ccocker::cli
