#include "cli/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace ccocker::cli {
namespace {

constexpr uint32_t replacement = 0xfffd;

struct CodePoint {
  uint32_t value;
  size_t bytes;
  bool valid;
};

// The code point at the front of `text` (RFC 3629: no overlong forms, no surrogates). A broken byte counts as one.
CodePoint front(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {replacement, 1, false};
  uint32_t value = lead & (0x7fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {replacement, 1, false};
    value = value << 6 | (byte(i) & 0x3f);
  }
  constexpr uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < least[bytes] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return {replacement, 1, false};
  return {value, bytes, true};
}

bool is_control(uint32_t value) { return value < 0x20 || (value >= 0x7f && value < 0xa0); }

constexpr const char* replacement_utf8 = "\xef\xbf\xbd";

template <typename Change>
std::string change_each(std::string_view text, Change change) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), change);
  return out;
}

std::string json_escape(uint32_t value) {
  switch (value) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return fmt::format("\\u{:04x}", value);
  }
}

}  // namespace

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  size_t at = 0;
  while (!separator.empty()) {
    size_t end = text.find(separator, at);
    if (end == text.npos) break;
    parts.emplace_back(text.substr(at, end - at));
    at = end + separator.size();
  }
  parts.emplace_back(text.substr(at));
  return parts;
}

std::vector<std::string> split(std::string_view text, char separator) {
  return split(text, std::string_view(&separator, 1));
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string upper(std::string_view text) {
  return change_each(text, [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
}

bool is_number(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == text.npos; }

size_t columns(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(front(text).bytes);
  return count;
}

std::string ellipsis(std::string_view text, size_t columns_max) {
  if (columns(text) <= columns_max) return std::string(text);
  size_t at = 0;
  for (size_t column = 1; column < columns_max; ++column) at += front(text.substr(at)).bytes;
  return columns_max == 0 ? "" : std::string(text.substr(0, at)) + "\xe2\x80\xa6";
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    CodePoint point = front(text);
    if (!point.valid) {
      out += replacement_utf8;
    } else if (is_control(point.value)) {
      out += fmt::format("\\x{:02x}", point.value);
    } else {
      out += text.substr(0, point.bytes);
    }
    text.remove_prefix(point.bytes);
  }
  return out;
}

std::string json_quote(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    CodePoint point = front(text);
    bool escape = is_control(point.value) || point.value == '"' || point.value == '\\';
    out += !point.valid ? replacement_utf8
           : escape     ? json_escape(point.value)
                        : std::string(text.substr(0, point.bytes));
    text.remove_prefix(point.bytes);
  }
  return out + "\"";
}

}  // namespace ccocker::cli
