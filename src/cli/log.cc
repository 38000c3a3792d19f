#include "cli/log.h"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>

#include "cli/bad_value.h"
#include "cli/text.h"

namespace ccocker::cli {
namespace {

LogLevel least = LogLevel::warn;

struct LevelName {
  std::string_view name;
  LogLevel level;
  spdlog::level::level_enum spd;
};
constexpr LevelName level_names[] = {
    {"debug", LogLevel::debug, spdlog::level::debug},
    {"info", LogLevel::info, spdlog::level::info},
    {"warn", LogLevel::warn, spdlog::level::warn},
    {"error", LogLevel::error, spdlog::level::err},
    {"fatal", LogLevel::error, spdlog::level::err},  // Docker's
};

spdlog::logger& logger() {
  static spdlog::logger instance = [] {
    auto mode = std::getenv("NO_COLOR") ? spdlog::color_mode::never : spdlog::color_mode::automatic;
    spdlog::logger made("ccocker", std::make_shared<spdlog::sinks::ansicolor_stderr_sink_st>(mode));
    made.set_pattern("%H:%M:%S.%e %^%l%$ %v");
    made.set_level(spdlog::level::trace);
    return made;
  }();
  return instance;
}

}  // namespace

LogLevel parse_log_level(std::string_view text) {
  for (const LevelName& row : level_names) {
    if (row.name == text) return row.level;
  }
  bad_value("log-level", text, "debug, info, warn, error or fatal");
}

void set_log_level(LogLevel level) { least = level; }
bool logs(LogLevel level) { return level >= least; }

void log(LogLevel level, std::string_view line) {
  if (!logs(level)) return;
  logger().log(level_names[static_cast<size_t>(level)].spd, "{}", printable(line));
}

}  // namespace ccocker::cli
