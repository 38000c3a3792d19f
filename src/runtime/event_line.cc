#include "runtime/event_line.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace ccocker::runtime {
namespace {

constexpr const char* type_names[] = {"container", "image", "network", "volume"};

// How many bytes the UTF-8 sequence at the start of `text` has; 0 when it is none (RFC 3629).
size_t sequence_length(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char first = byte(0);
  if (first < 0x80) return 1;
  size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  bool outside = (first == 0xed && byte(1) > 0x9f) || (first == 0xf4 && byte(1) > 0x8f);
  return overlong || outside ? 0 : length;
}

void append_escaped(std::string& out, char c) {
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else {
    out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
  }
}

// The writer is on the way of every start, so it makes no tree of what it writes.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    size_t length = sequence_length(text);
    bool plain = length > 1 || (length == 1 && text[0] != '"' && text[0] != '\\' && text[0] >= 0x20);
    if (plain)
      out += text.substr(0, length);
    else if (length == 1)
      append_escaped(out, text[0]);
    else
      out += "\xef\xbf\xbd";
    text.remove_prefix(length ? length : 1);
  }
  out += '"';
}

Event event_of(const nlohmann::json& in) {
  Event event;
  event.type = event_type_of(in.at("type").get_ref<const std::string&>()).value();
  in.at("time_ns").get_to(event.time_ns);
  in.at("action").get_to(event.action);
  in.at("id").get_to(event.actor_id);
  in.at("attributes").get_to(event.attributes);
  return event;
}

}  // namespace

const char* event_type_name(Event::Type type) { return type_names[static_cast<size_t>(type)]; }

std::optional<Event::Type> event_type_of(std::string_view name) {
  for (size_t i = 0; i < std::size(type_names); ++i)
    if (name == type_names[i]) return static_cast<Event::Type>(i);
  return std::nullopt;
}

std::string event_to_line(const Event& event) {
  std::string line =
      fmt::format("{{\"time_ns\":{},\"type\":\"{}\",\"action\":", event.time_ns, event_type_name(event.type));
  append_quoted(line, std::string_view(event.action).substr(0, event_line_bytes_max / 16));
  line += ",\"id\":";
  append_quoted(line, std::string_view(event.actor_id).substr(0, event_line_bytes_max / 16));
  line += ",\"attributes\":{";
  bool first = true;
  for (const auto& [key, value] : event.attributes) {
    size_t before = line.size();
    if (!first) line += ',';
    append_quoted(line, key);
    line += ':';
    append_quoted(line, value);
    if (line.size() + 2 > event_line_bytes_max)
      line.resize(before);
    else
      first = false;
  }
  return line + "}}";
}

std::optional<Event> event_from_line(std::string_view line) {
  nlohmann::json parsed = nlohmann::json::parse(line, nullptr, false);
  if (!parsed.is_object()) return std::nullopt;
  try {
    return event_of(parsed);
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  } catch (const std::bad_optional_access&) {
    return std::nullopt;
  }
}

}  // namespace ccocker::runtime
