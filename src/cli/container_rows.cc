#include "cli/container_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/human_time.h"
#include "cli/inspect_network.h"
#include "cli/port_rows.h"
#include "cli/text.h"

namespace ccocker::cli {
namespace {

using runtime::Container;
using runtime::Status;

constexpr size_t command_columns = 20, mount_columns = 15, short_id = 12;

constexpr Heading headings[] = {
    {"Command", "COMMAND"}, {"CreatedAt", "CREATED AT"}, {"ExitCode", "EXIT CODE"}, {"ID", "CONTAINER ID"},
    {"Image", "IMAGE"},     {"ImageID", "IMAGE ID"},     {"Labels", "LABELS"},      {"LocalVolumes", "LOCAL VOLUMES"},
    {"Mounts", "MOUNTS"},   {"Names", "NAMES"},          {"Networks", "NETWORKS"},  {"Pid", "PID"},
    {"Ports", "PORTS"},     {"RunningFor", "CREATED"},   {"Size", "SIZE"},          {"State", "STATE"},
    {"Status", "STATUS"},
};

std::string labels_text(const std::map<std::string, std::string>& labels) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : labels) parts.push_back(key + "=" + value);
  return join(parts, ",");
}

std::string health_text(const std::string& health) {
  if (health.empty()) return {};
  return health == "starting" ? " (health: starting)" : " (" + health + ")";
}

std::string short_image(const Container& container, bool truncate) {
  std::string image = container.image;
  // An image named by its ID is shown short, as its ID is elsewhere.
  if (truncate && image.starts_with("sha256:")) return image.substr(7, short_id);
  return image;
}

constexpr std::string_view status_words[] = {"created", "running", "paused", "restarting", "exited"};
std::vector<std::string> mount_names(const runtime::Spec& spec, bool truncate) {
  std::vector<std::string> names;
  for (const runtime::Mount& mount : spec.mounts) {
    if (mount.kind == runtime::Mount::Kind::tmpfs) continue;
    std::string name = mount.kind == runtime::Mount::Kind::volume ? mount.volume : mount.source;
    names.push_back(truncate ? ellipsis(name, mount_columns) : name);
  }
  return names;
}

size_t volume_count(const runtime::Spec& spec) {
  auto is_volume = [](const runtime::Mount& mount) { return mount.kind == runtime::Mount::Kind::volume; };
  return static_cast<size_t>(std::ranges::count_if(spec.mounts, is_volume));
}

// Exposed ports are somewhere only while it runs on a network of its own.
std::vector<std::string> reachable_ports(const runtime::ContainerRecord& record) {
  const runtime::Spec& spec = record.spec;
  bool reachable = record.container.pid && spec.network == runtime::NetworkMode::bridge && !spec.networks.empty();
  return reachable ? exposed_ports(record.spec) : std::vector<std::string>{};
}

}  // namespace

std::span<const Heading> container_headings() { return headings; }

const char* status_word(Status status) { return status_words[static_cast<size_t>(status)].data(); }

std::string status_text(const Container& container, int64_t now_unix_s) {
  switch (container.status) {
    case Status::created:
      return "Created";
    case Status::running:
      return "Up " + human_duration(now_unix_s - container.started_unix_s) + health_text(container.health);
    case Status::paused:
      return "Up " + human_duration(now_unix_s - container.started_unix_s) + " (Paused)";
    case Status::restarting:
      return fmt::format("Restarting ({}) {}", container.exit_code, ago(container.finished_unix_s, now_unix_s));
    case Status::exited:
      break;
  }
  std::string text = fmt::format("Exited ({}) {}", container.exit_code, ago(container.finished_unix_s, now_unix_s));
  return container.oom_killed ? text + " (OOM)" : text;
}

// Docker's way: words with spaces stand in single quotes.
std::string shown_command(std::vector<std::string> words) {
  for (std::string& word : words)
    if (word.find(' ') != std::string::npos) word = "'" + word + "'";
  return join(words, " ");
}

std::vector<std::string> network_names(const runtime::Spec& spec) {
  if (spec.network == runtime::NetworkMode::container) return {};  // it has none of its own
  if (spec.network != runtime::NetworkMode::bridge || spec.networks.empty()) return {network_mode(spec)};
  std::vector<std::string> names;
  for (const runtime::NetworkEndpoint& endpoint : spec.networks) names.push_back(endpoint.network);
  return names;
}

Row container_row(const ListedContainer& listed, int64_t now_unix_s, bool truncate) {
  const Container& container = listed.record.container;
  const runtime::Spec& spec = listed.record.spec;
  std::string command = shown_command(container.command);
  if (truncate) command = ellipsis(printable(command), command_columns);
  std::string id = truncate ? container.id.substr(0, short_id) : container.id;
  Row row;
  row.labels = container.labels;
  row.fields = {
      {"Command", json_quote(command)},
      {"CreatedAt", local_time(container.created_unix_s)},
      {"ExitCode", std::to_string(container.exit_code), true},
      {"ID", id},
      {"Image", short_image(container, truncate)},
      {"ImageID", container.image_id},
      {"Labels", labels_text(container.labels)},
      {"LocalVolumes", std::to_string(volume_count(spec))},
      {"Mounts", join(mount_names(spec, truncate), ",")},
      {"Names", container.name},
      {"Networks", join(network_names(spec), ",")},
      {"Pid", std::to_string(container.pid), true},
      {"Ports", ports_column(listed.ports, reachable_ports(listed.record))},
      {"RunningFor", ago(container.created_unix_s, now_unix_s)},
      {"Size", "0B"},
      {"State", status_word(container.status)},
      {"Status", status_text(container, now_unix_s)},
  };
  return row;
}

}  // namespace ccocker::cli
