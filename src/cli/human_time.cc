#include "cli/human_time.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <charconv>

#include "cli/text.h"

namespace ccocker::cli {
namespace {

std::optional<int> digits(std::string_view text, size_t at, size_t count) {
  if (text.size() < at + count || !is_number(text.substr(at, count))) return std::nullopt;
  int value = 0;
  std::from_chars(text.data() + at, text.data() + at + count, value);
  return value;
}

// Seconds east of Greenwich of "Z" or "+02:00"; nullopt for anything else.
std::optional<int> zone_offset_s(std::string_view zone) {
  if (zone == "Z" || zone == "z") return 0;
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
  std::optional<int> hours = digits(zone, 1, 2), minutes = digits(zone, 4, 2);
  if (!hours || !minutes) return std::nullopt;
  return (zone[0] == '-' ? -1 : 1) * (*hours * 3600 + *minutes * 60);
}

}  // namespace

std::string human_duration(int64_t seconds) {
  if (seconds < 1) return "Less than a second";
  if (seconds == 1) return "1 second";
  if (seconds < 60) return fmt::format("{} seconds", seconds);
  int64_t minutes = seconds / 60;
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return fmt::format("{} minutes", minutes);
  int64_t hours = (seconds + 1800) / 3600;  // rounded to the nearest
  if (hours == 1) return "About an hour";
  if (hours < 48) return fmt::format("{} hours", hours);
  if (hours < 24 * 7 * 2) return fmt::format("{} days", hours / 24);
  if (hours < 24 * 30 * 2) return fmt::format("{} weeks", hours / 24 / 7);
  if (hours < 24 * 365 * 2) return fmt::format("{} months", hours / 24 / 30);
  return fmt::format("{} years", hours / 24 / 365);
}

std::string ago(int64_t then_unix_s, int64_t now_unix_s) {
  if (then_unix_s <= 0) return "N/A";
  return human_duration(now_unix_s - then_unix_s) + " ago";
}

std::string local_time(int64_t unix_s) {
  if (unix_s <= 0) return "N/A";
  time_t when = unix_s;
  struct tm parts {};
  if (!::localtime_r(&when, &parts)) return "N/A";
  char buffer[64];
  size_t count = ::strftime(buffer, sizeof buffer, "%Y-%m-%d %H:%M:%S %z %Z", &parts);
  return std::string(buffer, count);
}

std::optional<int64_t> parse_rfc3339(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':') return std::nullopt;
  struct Field {
    size_t at, count;
    int least, most;
  };
  constexpr Field fields[] = {{0, 4, 1, 9999}, {5, 2, 1, 12},  {8, 2, 1, 31},
                              {11, 2, 0, 23},  {14, 2, 0, 59}, {17, 2, 0, 60}};
  int values[6];
  for (size_t i = 0; i < 6; ++i) {
    std::optional<int> value = digits(text, fields[i].at, fields[i].count);
    if (!value || *value < fields[i].least || *value > fields[i].most) return std::nullopt;
    values[i] = *value;
  }
  size_t zone = 19;
  if (text[zone] == '.') zone = text.find_first_not_of("0123456789", zone + 1);
  std::optional<int> offset = zone < text.size() ? zone_offset_s(text.substr(zone)) : std::nullopt;
  if (!offset) return std::nullopt;
  struct tm parts {};
  parts.tm_year = values[0] - 1900, parts.tm_mon = values[1] - 1, parts.tm_mday = values[2];
  parts.tm_hour = values[3], parts.tm_min = values[4], parts.tm_sec = values[5];
  return ::timegm(&parts) - *offset;
}

std::optional<int64_t> parse_rfc3339_ns(std::string_view text) {
  constexpr int64_t second_ns = 1'000'000'000, seconds_max = 9'000'000'000;
  std::optional<int64_t> seconds = parse_rfc3339(text);
  if (!seconds) return std::nullopt;
  int64_t fraction = 0;
  constexpr size_t point = 19;
  for (size_t i = point + 1, unit = second_ns / 10; text[point] == '.' && text[i] >= '0' && text[i] <= '9'; ++i) {
    fraction += (text[i] - '0') * static_cast<int64_t>(unit);
    unit /= 10;
  }
  return std::clamp(*seconds, -seconds_max, seconds_max) * second_ns + fraction;
}

}  // namespace ccocker::cli
