#include "cli/when.h"

#include <fmt/format.h>
#include <time.h>

#include <optional>

#include "cli/bad_value.h"
#include "cli/human_time.h"
#include "cli/text.h"

namespace ccocker::cli {
namespace {

constexpr int64_t second_ns = 1'000'000'000;
constexpr int64_t seconds_max = 9'000'000'000;  // beyond, nanoseconds overflow

struct Unit {
  std::string_view name;
  double ns;
};
constexpr Unit units[] = {{"ns", 1},   {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"ms", 1e6},
                          {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};

// ".5" as nanoseconds; nullopt unless it is a dot and digits.
std::optional<int64_t> fraction_ns(std::string_view text) {
  if (text.empty()) return 0;
  if (text[0] != '.' || !is_number(text.substr(1))) return std::nullopt;
  std::string digits = std::string(text.substr(1, 9));
  digits.resize(9, '0');
  return std::stoll(digits);
}

std::optional<int64_t> parse_seconds(std::string_view text) {
  size_t dot = std::min(text.find('.'), text.size());
  std::string_view whole = text.substr(0, dot);
  std::optional<int64_t> fraction = fraction_ns(text.substr(dot));
  if (!is_number(whole) || whole.size() > 10 || !fraction) return std::nullopt;
  int64_t seconds = std::stoll(std::string(whole));
  if (seconds > seconds_max) return std::nullopt;
  return seconds * second_ns + *fraction;
}

// Go's durations: "1h30m", "1.5s".
std::optional<int64_t> parse_duration(std::string_view text) {
  double total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    std::string_view number = text.substr(0, digits);
    bool good = digits > 0 && digits < 18 && number != "." && std::count(number.begin(), number.end(), '.') <= 1;
    if (!good) return std::nullopt;
    text.remove_prefix(digits);
    size_t letters = std::min(text.find_first_of("0123456789."), text.size());
    auto unit = std::find_if(std::begin(units), std::end(units),
                             [&](const Unit& it) { return it.name == text.substr(0, letters); });
    if (unit == std::end(units)) return std::nullopt;
    total += std::stod(std::string(number)) * unit->ns;
    text.remove_prefix(letters);
  }
  if (total > 9e18) return std::nullopt;
  return static_cast<int64_t>(total);
}

// With the zone the machine is in.
std::optional<int64_t> parse_local(std::string_view text) {
  constexpr const char* forms[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"};
  size_t dot = std::min(text.find('.'), text.size());
  std::optional<int64_t> fraction = fraction_ns(text.substr(dot));
  if (!fraction) return std::nullopt;
  std::string whole(text.substr(0, dot));
  for (const char* form : forms) {
    struct tm parts {};
    const char* end = ::strptime(whole.c_str(), form, &parts);
    if (!end || *end) continue;
    parts.tm_isdst = -1;
    int64_t seconds = ::mktime(&parts);
    if (seconds > -seconds_max && seconds < seconds_max) return seconds * second_ns + *fraction;
  }
  return std::nullopt;
}

std::optional<int64_t> parse_with_zone(std::string_view text) {
  std::optional<int64_t> seconds = parse_rfc3339(text);
  if (!seconds || *seconds > seconds_max || *seconds < -seconds_max) return std::nullopt;
  size_t end = text.size() > 19 ? std::min(text.find_first_not_of("0123456789", 20), text.size()) : text.size();
  std::optional<int64_t> fraction = text[19] == '.' ? fraction_ns(text.substr(19, end - 19)) : 0;
  return fraction ? std::optional(*seconds * second_ns + *fraction) : std::nullopt;
}

std::string formatted(const struct tm& parts) {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

int64_t now_unix_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * second_ns + now.tv_nsec;
}

std::string rfc3339_utc(int64_t unix_ns) {
  if (unix_ns == 0) return "0001-01-01T00:00:00Z";
  time_t seconds = unix_ns / second_ns;
  struct tm parts {};
  ::gmtime_r(&seconds, &parts);
  std::string fraction = fmt::format(".{:09}", unix_ns % second_ns);
  fraction.resize(fraction.find_last_not_of("0.") + 1);
  return formatted(parts) + fraction + "Z";
}

std::string rfc3339_local(int64_t unix_ns) {
  time_t seconds = unix_ns / second_ns;
  struct tm parts {};
  ::localtime_r(&seconds, &parts);
  long minutes = parts.tm_gmtoff / 60, away = minutes < 0 ? -minutes : minutes;
  std::string zone =
      minutes == 0 ? "Z" : fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', away / 60, away % 60);
  return fmt::format("{}.{:09}{}", formatted(parts), unix_ns % second_ns, zone);
}

int64_t parse_when(std::string_view flag, std::string_view text, int64_t now_ns) {
  if (std::optional<int64_t> seconds = parse_seconds(text)) return *seconds;
  if (std::optional<int64_t> when = parse_with_zone(text)) return *when;
  if (std::optional<int64_t> when = parse_local(text)) return *when;
  bool ahead = text.starts_with('-');
  if (std::optional<int64_t> span = parse_duration(ahead ? text.substr(1) : text))
    return ahead ? now_ns + *span : now_ns - *span;
  bad_value(flag, text, "a time such as 2026-01-31T15:04:05, seconds since 1970, or how long ago, such as 10m");
}

}  // namespace ccocker::cli
