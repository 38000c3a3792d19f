#include "cli/when.h"

#include <fmt/format.h>
#include <time.h>

namespace ccocker::cli {
namespace {

constexpr int64_t second_ns = 1'000'000'000;

std::string formatted(const struct tm& parts) {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

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
  std::string zone = minutes == 0 ? "Z" : fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', away / 60, away % 60);
  return fmt::format("{}.{:09}{}", formatted(parts), unix_ns % second_ns, zone);
}

}  // namespace ccocker::cli
