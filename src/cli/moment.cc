#include "cli/moment.h"

#include <time.h>

#include <optional>

#include "cli/bad_value.h"
#include "cli/human_time.h"
#include "cli/text.h"

namespace ccocker::cli {
namespace {

constexpr const char* form = "a span such as 10m or 1h30m, a time such as 2026-01-02T15:04:05, or seconds since 1970";

struct Unit {
  std::string_view name;
  double seconds;
};
constexpr Unit units[] = {{"h", 3600}, {"ms", 1e-3}, {"m", 60}, {"s", 1}};

std::optional<int64_t> span_of(std::string_view text) {
  double seconds = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    size_t digits = text.find_first_not_of("0123456789.");
    if (digits == 0 || digits == text.npos || digits > 15) return std::nullopt;
    char* end = nullptr;
    std::string number(text.substr(0, digits));
    double value = ::strtod(number.c_str(), &end);
    if (*end) return std::nullopt;
    text.remove_prefix(digits);
    const Unit* unit = nullptr;
    for (const Unit& row : units)
      if (!unit && text.starts_with(row.name)) unit = &row;
    if (!unit) return std::nullopt;
    seconds += value * unit->seconds;
    text.remove_prefix(unit->name.size());
  }
  if (seconds > 1e12) return std::nullopt;
  return static_cast<int64_t>(seconds);
}

// Times without a zone are local.
std::optional<int64_t> local_of(const std::string& text) {
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H", "%Y-%m-%d"}) {
    tm parts{};
    const char* end = ::strptime(text.c_str(), format, &parts);
    if (!end || *end) continue;
    parts.tm_isdst = -1;
    return ::mktime(&parts);
  }
  return std::nullopt;
}

}  // namespace

int64_t parse_moment(std::string_view flag, std::string_view text, int64_t now_unix_s) {
  if (is_number(text) && text.size() <= 12) return std::stoll(std::string(text));
  if (std::optional<int64_t> span = span_of(text)) return now_unix_s - *span;
  if (std::optional<int64_t> moment = parse_rfc3339(text)) return *moment;
  if (std::optional<int64_t> moment = local_of(std::string(text))) return *moment;
  bad_value(flag, text, form);
}

}  // namespace ccocker::cli
