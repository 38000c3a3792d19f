// fuzzes: runtime/event_line
//
// Lines of the event log: any bytes are an event or none, and an event is written as a line that gives it back.
#include <cstdlib>

#include "runtime/event_line.h"

using namespace ccocker::runtime;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  std::optional<Event> event = event_from_line(text);
  if (!event) {
    event.emplace();
    event->action = event->actor_id = text;
    event->attributes[text] = text;
  }
  std::string line = event_to_line(*event);
  if (line.size() > event_line_bytes_max + 256 || line.find('\n') != line.npos) std::abort();
  std::optional<Event> again = event_from_line(line);
  if (!again || event_to_line(*again) != line) std::abort();
  return 0;
}
