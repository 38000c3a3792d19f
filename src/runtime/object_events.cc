#include "runtime/object_events.h"

#include "loop/error.h"
#include "runtime/event_log.h"

namespace ccocker::runtime {
namespace {

using Attributes = std::map<std::string, std::string>;

void record(const std::string& state, Event::Type type, const char* action, const std::string& id,
            Attributes attributes) {
  Event event;
  event.type = type;
  event.action = action;
  event.actor_id = id;
  event.attributes = std::move(attributes);
  record_event(state, event);
}

// No memory, a damaged record: the event is lost, and nothing else.
template <typename Tell>
void or_lose(Tell tell) noexcept {
  try {
    tell();
  } catch (const std::exception&) {
  }
}

Attributes mount_attributes(const char* action, const Mount& mount, const std::string& container) {
  Attributes attributes{{"container", container}};
  if (std::string_view(action) != "mount") return attributes;
  attributes["destination"] = mount.destination;
  attributes["propagation"] = "";
  attributes["read/write"] = mount.read_only ? "false" : "true";
  return attributes;
}

}  // namespace

void record_network_event(const std::string& state, const char* action, const Network& network,
                          const std::string& container) noexcept {
  or_lose([&] {
    Attributes attributes{{"name", network.name}, {"type", "bridge"}};
    if (!container.empty()) attributes["container"] = container;
    record(state, Event::Type::network, action, network.id, std::move(attributes));
  });
}

void record_disconnects(const std::string& root, const std::string& state, const std::vector<std::string>& networks,
                        const std::string& container) noexcept {
  for (const std::string& name : networks)
    or_lose([&] {
      std::optional<Network> network = load_network(root, name);
      if (network) record_network_event(state, "disconnect", *network, container);
    });
}

void record_volume_event(const std::string& state, const char* action, const std::string& name,
                         const std::map<std::string, std::string>& more) noexcept {
  or_lose([&] {
    Attributes attributes = more;
    attributes["driver"] = "local";
    record(state, Event::Type::volume, action, name, std::move(attributes));
  });
}

void record_volume_mounts(const std::string& state, const char* action, const Spec& spec,
                          const std::string& container) noexcept {
  for (const Mount& mount : spec.mounts)
    or_lose([&] {
      if (mount.kind == Mount::Kind::volume)
        record_volume_event(state, action, mount.volume, mount_attributes(action, mount, container));
    });
}

}  // namespace ccocker::runtime
