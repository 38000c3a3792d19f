// fuzzes: runtime/log_line
//
// Entries of a log: any bytes are an entry or none, and any output is written as one entry that gives it back (what is
// no UTF-8 as U+FFFD, which is given back as it is).
#include <cstdlib>

#include "runtime/log_line.h"

using namespace ccocker::runtime;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(parse_log_line(text));
  std::string entry;
  append_log_line(entry, OutputStream::err, 1'700'000'000'123'456'789, text);
  if (entry.find('\n') != entry.size() - 1) std::abort();
  entry.pop_back();
  std::optional<LogLine> line = parse_log_line(entry);
  if (!line || line->stream != OutputStream::err || line->time_unix_ns != 1'700'000'000'123'456'789) std::abort();
  std::string again;
  append_log_line(again, OutputStream::err, line->time_unix_ns, line->text);
  again.pop_back();
  if (again != entry && line->text.find("\xef\xbf\xbd") == std::string::npos) std::abort();
  return 0;
}
