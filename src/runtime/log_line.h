#pragma once
// One entry of a json-file log as Docker writes it: {"log":"hello\n","stream":"stdout","time":"2026-..Z"} and a
// newline.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/output_stream.h"

namespace ccocker::runtime {

struct LogLine {
  OutputStream stream = OutputStream::out;
  int64_t time_unix_ns = 0;
  std::string text;  // with its newline; without one it is a part of a longer line
};

// Appends the entry to `out`. Bytes that are not UTF-8 become U+FFFD, as Docker does.
void append_log_line(std::string& out, OutputStream stream, int64_t time_unix_ns, std::string_view text);

// An entry without its newline; nullopt for anything that is not one. Unknown members are skipped.
std::optional<LogLine> parse_log_line(std::string_view entry);

// "2026-11-24T13:56:02.123456789Z".
std::string rfc3339_nano(int64_t unix_ns);

}  // namespace ccocker::runtime
