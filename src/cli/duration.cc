#include "cli/duration.h"

#include <time.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "cli/bad_value.h"
#include "cli/human_time.h"
#include "cli/text.h"

namespace ccocker::cli {
namespace {

constexpr int64_t second_ns = 1'000'000'000;
constexpr double duration_ns_max = 9.2e18;

struct Unit {
  std::string_view name;
  double ns;
};
constexpr Unit units[] = {{"ns", 1},        {"us", 1e3},     {"\xc2\xb5s", 1e3}, {"ms", 1e6},
                          {"s", second_ns}, {"m", 60 * 1e9}, {"h", 3600 * 1e9}};

std::optional<double> unit_ns(std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return unit.ns;
  }
  return std::nullopt;
}

// One or more numbers, each with its unit.
std::optional<int64_t> duration_ns(std::string_view text) {
  if (text == "0") return 0;
  double total = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    size_t digits = rest.find_first_not_of("0123456789.");
    if (digits == 0 || digits == rest.npos) return std::nullopt;
    double number = 0;
    auto [end, error] = std::from_chars(rest.data(), rest.data() + digits, number, std::chars_format::fixed);
    if (error != std::errc() || end != rest.data() + digits) return std::nullopt;
    rest.remove_prefix(digits);
    size_t letters = std::min(rest.find_first_of("0123456789."), rest.size());
    std::optional<double> unit = unit_ns(rest.substr(0, letters));
    if (!unit) return std::nullopt;
    total += number * *unit;
    rest.remove_prefix(letters);
  }
  if (text.empty() || total > duration_ns_max) return std::nullopt;
  return static_cast<int64_t>(std::llround(total));
}

// "1700000000.25".
std::optional<int64_t> unix_seconds_ns(std::string_view text) {
  size_t dot = text.find('.');
  std::string_view whole = text.substr(0, dot);
  std::string fraction(dot == text.npos ? "0" : text.substr(dot + 1));
  if (!is_number(whole) || whole.size() > 10 || !is_number(fraction) || fraction.size() > 9) return std::nullopt;
  fraction.resize(9, '0');
  int64_t seconds = 0, nanoseconds = 0;
  std::from_chars(whole.data(), whole.data() + whole.size(), seconds);
  std::from_chars(fraction.data(), fraction.data() + fraction.size(), nanoseconds);
  if (seconds >= INT64_MAX / second_ns) return std::nullopt;  // the year 2262
  return seconds * second_ns + nanoseconds;
}

int64_t fraction_ns(std::string_view text) {
  size_t dot = text.find('.');
  if (dot == text.npos) return 0;
  int64_t value = 0, unit = second_ns / 10;
  for (size_t i = dot + 1; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, unit /= 10)
    value += (text[i] - '0') * unit;
  return value;
}

// nullopt for years whose nanoseconds 64 bits do not hold.
std::optional<int64_t> nanoseconds_of(int64_t seconds, std::string_view text) {
  constexpr int64_t seconds_max = 9'000'000'000;
  if (seconds < -seconds_max || seconds > seconds_max) return std::nullopt;
  return seconds * second_ns + fraction_ns(text);
}

// RFC 3339, also cut short as Docker takes it ("2026-11-24", "2026-11-24T13:00"), then in the local time zone.
std::optional<int64_t> calendar_ns(std::string_view text) {
  if (std::optional<int64_t> exact = parse_rfc3339(text)) return nanoseconds_of(*exact, text);
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    struct tm parts {};
    std::string copy(text);
    const char* end = ::strptime(copy.c_str(), format, &parts);
    if (!end || (*end != '\0' && *end != '.')) continue;
    parts.tm_isdst = -1;
    return nanoseconds_of(::mktime(&parts), text);
  }
  return std::nullopt;
}

}  // namespace

int64_t parse_duration_ns(std::string_view flag, std::string_view text) {
  std::optional<int64_t> value = duration_ns(text);
  if (!value) bad_value(flag, text, "a time span such as 30s, 1m30s or 500ms");
  return *value;
}

int64_t parse_moment_ns(std::string_view flag, std::string_view text, int64_t now_unix_ns) {
  if (std::optional<int64_t> value = unix_seconds_ns(text)) return *value;
  if (std::optional<int64_t> span = duration_ns(text)) return now_unix_ns - *span;
  if (std::optional<int64_t> value = calendar_ns(text)) return *value;
  bad_value(flag, text, "a time such as 2026-11-24T13:00:00Z, seconds since 1970, or a span before now such as 10m");
}

}  // namespace ccocker::cli
