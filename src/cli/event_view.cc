#include "cli/event_view.h"

#include <fmt/format.h>

#include "cli/bad_value.h"
#include "cli/text.h"
#include "cli/when.h"
#include "runtime/event_line.h"

namespace ccocker::cli {
namespace {

using runtime::Event;

constexpr std::string_view filter_keys[] = {"container", "event", "image", "label", "network", "type", "volume"};

std::string attribute(const Event& event, const char* key) {
  auto found = event.attributes.find(key);
  return found == event.attributes.end() ? "" : found->second;
}

bool is_of(const Event& event, Event::Type type, const std::string& wanted) {
  if (event.type != type) return false;
  return event.actor_id.starts_with(wanted) || attribute(event, "name").starts_with(wanted);
}

// Events of containers belong to their image too.
bool is_of_image(const Event& event, const std::string& wanted) {
  auto same = [&](const std::string& name) {
    size_t colon = name.rfind(':');
    bool tagged = colon != name.npos && name.find('/', colon) == name.npos;
    return name == wanted || (tagged && name.substr(0, colon) == wanted);
  };
  if (event.type == Event::Type::image) return same(event.actor_id) || same(attribute(event, "name"));
  return event.type == Event::Type::container && same(attribute(event, "image"));
}

// "exec_create" fits "exec_create: sh -c true".
bool is_action(const Event& event, const std::string& wanted) {
  return event.action == wanted || (wanted.find(':') == wanted.npos && event.action.starts_with(wanted + ":"));
}

std::string plain_line(const Event& event) {
  std::string line = fmt::format("{} {} {} {}", rfc3339_local(event.time_ns), runtime::event_type_name(event.type),
                                 event.action, event.actor_id);
  std::vector<std::string> attributes;
  for (const auto& [key, value] : event.attributes) attributes.push_back(key + "=" + value);
  return attributes.empty() ? line : line + " (" + join(attributes, ", ") + ")";
}

// The three that Docker keeps for old clients. Its JSON leaves out what is empty, its templates do not.
void add_old_names(Value& out, const Event& event, bool lower_case) {
  bool container = event.type == Event::Type::container;
  bool old_type = container || event.type == Event::Type::image;
  auto set = [&](const char* template_name, const char* json_name, const std::string& value) {
    if (!lower_case)
      out.set(template_name, value);
    else if (!value.empty())
      out.set(json_name, value);
  };
  set("Status", "status", old_type ? event.action : "");
  set("ID", "id", old_type ? event.actor_id : "");
  set("From", "from", container ? attribute(event, "image") : "");
}

// Docker's JSON and its templates name the same things differently.
Value value_of(const Event& event, bool lower_case) {
  Value out = Value::record();
  add_old_names(out, event, lower_case);
  out.set("Type", runtime::event_type_name(event.type));
  out.set("Action", event.action);
  out.set("Actor", Value::record({{"ID", event.actor_id}, {"Attributes", Value(event.attributes)}}));
  out.set(lower_case ? "scope" : "Scope", "local");
  out.set(lower_case ? "time" : "Time", event.time_ns / 1'000'000'000);
  out.set(lower_case ? "timeNano" : "TimeNano", event.time_ns);
  return out;
}

}  // namespace

EventView::EventView(const std::string& format, const std::vector<std::string>& filters, bool printable)
    : filters_(filters, filter_keys), printable_(printable) {
  filters_.all("type", [](const std::string& type) {
    if (!runtime::event_type_of(type)) bad_value("filter", "type=" + type, "container, image, network or volume");
    return true;
  });
  json_ = format == "json" || format == "{{json .}}";
  if (!format.empty() && !json_)
    template_.emplace(format, std::span<const std::string>(), TemplateStyle{.printable = printable});
}

bool EventView::fits(const Event& event) const {
  auto type = [&](const std::string& name) { return name == runtime::event_type_name(event.type); };
  auto action = [&](const std::string& wanted) { return is_action(event, wanted); };
  auto image = [&](const std::string& wanted) { return is_of_image(event, wanted); };
  auto of = [&](Event::Type kind) {
    return [&, kind](const std::string& wanted) { return is_of(event, kind, wanted); };
  };
  return filters_.any("type", type) && filters_.any("event", action) && filters_.any("image", image) &&
         filters_.any("container", of(Event::Type::container)) && filters_.any("network", of(Event::Type::network)) &&
         filters_.any("volume", of(Event::Type::volume)) && filters_.labels_fit(event.attributes);
}

std::string EventView::line(const Event& event) const {
  if (json_) return value_of(event, true).json();
  if (template_) return template_->apply(value_of(event, false));
  return printable_ ? printable(plain_line(event)) : plain_line(event);
}

}  // namespace ccocker::cli
