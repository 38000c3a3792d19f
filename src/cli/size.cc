#include "cli/size.h"

#include <array>
#include <limits>
#include <optional>

#include "cli/bad_value.h"
#include "cli/text.h"

namespace ccocker::cli {
namespace {

constexpr const char* expected_size = "a size such as 64m or 1.5g (units b, k, m, g, t)";

// The factor behind a unit's letter; 0 for an unknown unit. Accepts "k", "kb", "KiB", " m".
uint64_t unit_factor(std::string_view unit, uint64_t bare) {
  std::string name = lower(trim(unit));
  if (name.empty()) return bare;
  if (name == "b") return 1;
  constexpr std::string_view letters = "kmgtp";
  size_t power = letters.find(name[0]);
  std::string_view rest = std::string_view(name).substr(1);
  bool known = power != letters.npos && (rest.empty() || rest == "b" || rest == "ib");
  return known ? uint64_t{1} << (10 * (power + 1)) : 0;
}

// digits[.digits] times factor without floating point; nullopt when it does not parse or fit.
std::optional<uint64_t> scale(std::string_view number, uint64_t factor) {
  size_t dot = number.find('.');
  std::string_view whole = number.substr(0, dot);
  std::string_view fraction = dot == number.npos ? "0" : number.substr(dot + 1);
  if (!is_number(whole) || !is_number(fraction)) return std::nullopt;
  unsigned __int128 value = 0;
  constexpr unsigned __int128 value_max = std::numeric_limits<int64_t>::max();
  for (char digit : whole) {
    value = value * 10 + static_cast<unsigned>(digit - '0');
    if (value > value_max) return std::nullopt;
  }
  value *= factor;
  unsigned __int128 part = factor;
  for (char digit : fraction.substr(0, 18)) {  // later digits are below one byte
    value += part * static_cast<unsigned>(digit - '0') / 10;
    part /= 10;
  }
  return value > value_max ? std::nullopt : std::optional(static_cast<uint64_t>(value));
}

std::string with_unit(double value, double base, int digits, const std::array<const char*, 6>& units) {
  size_t unit = 0;
  // Rounding may carry into the next unit: 999.9 kB in three digits is 1 MB, never "1e+03kB".
  double limit = digits == 3 ? base - 0.5 : base - 0.05;
  while (value >= limit && unit + 1 < units.size()) {
    value /= base;
    ++unit;
  }
  return fmt::format("{:.{}g}{}", value, digits, units[unit]);
}

}  // namespace

uint64_t parse_size(std::string_view flag, std::string_view text, uint64_t bare_unit_bytes) {
  std::string_view number = text.substr(0, text.find_first_not_of("0123456789."));
  uint64_t factor = unit_factor(text.substr(number.size()), bare_unit_bytes);
  std::optional<uint64_t> bytes = factor ? scale(number, factor) : std::nullopt;
  if (!bytes) bad_value(flag, text, expected_size);
  return *bytes;
}

std::string human_size(uint64_t bytes) {
  return with_unit(static_cast<double>(bytes), 1000, 3, {"B", "kB", "MB", "GB", "TB", "PB"});
}

std::string human_binary_size(uint64_t bytes) {
  return with_unit(static_cast<double>(bytes), 1024, 4, {"B", "KiB", "MiB", "GiB", "TiB", "PiB"});
}

}  // namespace ccocker::cli
