#include "cli/container_filters.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/bad_value.h"
#include "cli/inspect_network.h"
#include "cli/port_rows.h"
#include "cli/publish_flags.h"
#include "cli/text.h"

namespace ccocker::cli {
namespace {

using runtime::Container;
using runtime::Mount;
using runtime::Status;

constexpr std::string_view keys[] = {"id",     "name",  "label",  "status",  "exited",  "ancestor", "health",
                                     "before", "since", "volume", "network", "publish", "expose"};
// A container is never one of the last two here: what is removed is gone.
constexpr std::string_view status_words[] = {"created", "running",  "paused", "restarting",
                                             "exited",  "removing", "dead"};
constexpr std::string_view health_words[] = {"starting", "healthy", "unhealthy", "none"};

bool is_one_of(std::span<const std::string_view> words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

bool is_ancestor(const Container& container, const std::string& image, const std::string& image_id) {
  if (!image_id.empty() && container.image_id == image_id) return true;
  std::string_view id = container.image_id, wanted = image;
  for (std::string_view* text : {&id, &wanted})
    if (text->starts_with("sha256:")) text->remove_prefix(7);
  if (!wanted.empty() && id.starts_with(wanted)) return true;
  // By the name it was made by, when that points to another image by now, or to none.
  return container.image == image || container.image == image + ":latest" || container.image + ":latest" == image;
}

bool has_mount(const runtime::Spec& spec, const std::string& wanted) {
  return std::ranges::any_of(spec.mounts, [&](const Mount& mount) {
    if (mount.kind == Mount::Kind::tmpfs) return false;
    return mount.destination == wanted || (mount.kind == Mount::Kind::volume ? mount.volume : mount.source) == wanted;
  });
}

bool have_common(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::ranges::find_first_of(a, b) != a.end();
}

std::vector<std::string> published_ports(const ListedContainer& listed) {
  std::vector<std::string> ports;
  for (const runtime::PortMapping& port : listed.ports)
    ports.push_back(fmt::format("{}/{}", port.host_port, port.udp ? "udp" : "tcp"));
  return ports;
}

}  // namespace

ContainerFilters::ContainerFilters(const std::vector<std::string>& values, const FilterLookups& lookups)
    : filters_(values, keys) {
  check_values();
  look_up(lookups);
}

void ContainerFilters::check_values() const {
  filters_.all("status", [](const std::string& word) {
    if (!is_one_of(status_words, word))
      bad_value("filter", "status=" + word, fmt::format("one of {}", fmt::join(status_words, ", ")));
    return true;
  });
  filters_.all("health", [](const std::string& word) {
    if (!is_one_of(health_words, word))
      bad_value("filter", "health=" + word, fmt::format("one of {}", fmt::join(health_words, ", ")));
    return true;
  });
  filters_.all("exited", [](const std::string& code) {
    if (!is_number(code) || code.size() > 3) bad_value("filter", "exited=" + code, "an exit code from 0 to 255");
    return true;
  });
}

void ContainerFilters::look_up(const FilterLookups& lookups) {
  auto each = [&](std::string_view key, auto&& take) {
    filters_.all(key, [&](const std::string& value) {
      take(value);
      return true;
    });
  };
  each("name", [&](const std::string& text) { names_.try_emplace(text, std::make_unique<Pattern>(text)); });
  each("ancestor", [&](const std::string& image) { image_ids_[image] = lookups.image_id(image); });
  each("network", [&](const std::string& network) { networks_[network] = lookups.network_name(network); });
  for (const char* key : {"before", "since"})
    each(key, [&](const std::string& container) { moments_[container] = lookups.created_unix_ns(container); });
  for (const char* key : {"publish", "expose"})
    each(key, [&](const std::string& range) { ports_[range] = parse_expose(range); });
}

bool ContainerFilters::fits(const ListedContainer& listed) const {
  const Container& container = listed.record.container;
  return fits_itself(container) && fits_age(container) && fits_spec(listed) && filters_.labels_fit(container.labels);
}

bool ContainerFilters::fits_itself(const Container& container) const {
  auto id = [&](const std::string& prefix) { return container.id.starts_with(prefix); };
  auto name = [&](const std::string& text) {
    const Pattern& pattern = *names_.at(text);
    return pattern.matches(container.name) || pattern.matches("/" + container.name);
  };
  auto status = [&](const std::string& word) { return word == status_word(container.status); };
  auto exited = [&](const std::string& code) {
    return container.status == Status::exited && std::to_string(container.exit_code) == code;
  };
  auto health = [&](const std::string& word) { return word == (container.health.empty() ? "none" : container.health); };
  auto ancestor = [&](const std::string& image) { return is_ancestor(container, image, image_ids_.at(image)); };
  return filters_.any("id", id) && filters_.any("name", name) && filters_.any("status", status) &&
         filters_.any("exited", exited) && filters_.any("health", health) && filters_.any("ancestor", ancestor);
}

bool ContainerFilters::fits_age(const Container& container) const {
  auto before = [&](const std::string& other) { return container.created_unix_ns < moments_.at(other); };
  auto since = [&](const std::string& other) { return container.created_unix_ns > moments_.at(other); };
  return filters_.all("before", before) && filters_.all("since", since);
}

bool ContainerFilters::fits_spec(const ListedContainer& listed) const {
  const runtime::Spec& spec = listed.record.spec;
  auto volume = [&](const std::string& wanted) { return has_mount(spec, wanted); };
  auto network = [&](const std::string& wanted) { return have_common(network_names(spec), {networks_.at(wanted)}); };
  auto publish = [&](const std::string& range) { return have_common(published_ports(listed), ports_.at(range)); };
  auto expose = [&](const std::string& range) { return have_common(exposed_ports(spec), ports_.at(range)); };
  return filters_.any("volume", volume) && filters_.any("network", network) && filters_.any("publish", publish) &&
         filters_.any("expose", expose);
}

}  // namespace ccocker::cli
