#include "cli/template_number.h"

#include <charconv>

namespace ccocker::cli {
namespace {

std::optional<Value> parse_integer(std::string_view text, bool negative) {
  int base = text.starts_with("0x") || text.starts_with("0X") ? 16 : text.starts_with("0b") ? 2 : 10;
  if (base != 10) text.remove_prefix(2);
  if (text.empty() || text[0] == '-') return std::nullopt;
  std::string signed_text = (negative ? "-" : "") + std::string(text);
  int64_t number = 0;
  auto [end, error] = std::from_chars(signed_text.data(), signed_text.data() + signed_text.size(), number, base);
  if (error != std::errc() || end != signed_text.data() + signed_text.size()) return std::nullopt;
  return number;
}

std::optional<Value> parse_real(std::string_view text, bool negative) {
  double number = 0;
  if (text.empty() || text[0] == '-') return std::nullopt;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return negative ? 0 - number : number;
}

}  // namespace

std::optional<Value> parse_template_number(std::string_view text) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  bool real = !hexadecimal && text.find_first_of(".eE") != text.npos;
  return real ? parse_real(text, negative) : parse_integer(text, negative);
}

}  // namespace ccocker::cli
