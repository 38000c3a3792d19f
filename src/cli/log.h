#pragma once
#include <string_view>

namespace ccocker::cli {

enum class LogLevel { debug, info, warn, error };

LogLevel parse_log_level(std::string_view text);  // Errc::invalid with the known words
void set_log_level(LogLevel level);
bool logs(LogLevel level);  // ask before making a costly line
// To standard error through spdlog, which is set up by the first line that is really written.
void log(LogLevel level, std::string_view line);

}  // namespace ccocker::cli
