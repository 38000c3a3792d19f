#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "runtime/event_log.h"

namespace ccocker::runtime {

// One line of the event log, without its newline. Bytes that are not UTF-8 become U+FFFD; attributes that would make
// the line longer than event_line_bytes_max are left out.
std::string event_to_line(const Event& event);
std::optional<Event> event_from_line(std::string_view line);  // nullopt for anything else

const char* event_type_name(Event::Type type);
std::optional<Event::Type> event_type_of(std::string_view name);

}  // namespace ccocker::runtime
