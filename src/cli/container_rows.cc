#include "cli/container_rows.h"

#include <fmt/format.h>

#include "cli/bad_value.h"
#include "cli/human_time.h"
#include "cli/text.h"

namespace ccocker::cli {
namespace {

using runtime::Container;
using runtime::Status;

constexpr size_t command_columns = 20, short_id = 12;

constexpr Heading headings[] = {
    {"Command", "COMMAND"}, {"CreatedAt", "CREATED AT"}, {"ExitCode", "EXIT CODE"}, {"ID", "CONTAINER ID"},
    {"Image", "IMAGE"},     {"ImageID", "IMAGE ID"},     {"Labels", "LABELS"},      {"Names", "NAMES"},
    {"Pid", "PID"},         {"Ports", "PORTS"},          {"RunningFor", "CREATED"}, {"Size", "SIZE"},
    {"State", "STATE"},     {"Status", "STATUS"},
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

constexpr std::string_view filter_keys[] = {"id", "name", "label", "status", "exited", "ancestor", "health"};
constexpr std::string_view status_words[] = {"created", "running", "paused", "restarting", "exited"};
constexpr std::string_view health_words[] = {"starting", "healthy", "unhealthy", "none"};

bool is_ancestor(const Container& container, const std::string& image) {
  std::string_view id = container.image_id;
  if (id.starts_with("sha256:")) id.remove_prefix(7);
  std::string_view wanted = image;
  if (wanted.starts_with("sha256:")) wanted.remove_prefix(7);
  bool by_id = !wanted.empty() && id.starts_with(wanted);
  return by_id || container.image == image || container.image == image + ":latest" ||
         container.image + ":latest" == image;
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

Row container_row(const Container& container, int64_t now_unix_s, bool truncate, const std::string& ports) {
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
      {"Names", container.name},
      {"Pid", std::to_string(container.pid), true},
      {"Ports", ports},
      {"RunningFor", ago(container.created_unix_s, now_unix_s)},
      {"Size", "0B"},
      {"State", status_word(container.status)},
      {"Status", status_text(container, now_unix_s)},
  };
  return row;
}

Filters container_filters(const std::vector<std::string>& values) {
  Filters filters(values, filter_keys);
  filters.all("status", [](const std::string& word) {
    bool known = std::find(std::begin(status_words), std::end(status_words), word) != std::end(status_words);
    if (!known) bad_value("filter", "status=" + word, "created, running, paused, restarting or exited");
    return true;
  });
  filters.all("health", [](const std::string& word) {
    bool known = std::find(std::begin(health_words), std::end(health_words), word) != std::end(health_words);
    if (!known) bad_value("filter", "health=" + word, "starting, healthy, unhealthy or none");
    return true;
  });
  filters.all("exited", [](const std::string& code) {
    if (!is_number(code) || code.size() > 3) bad_value("filter", "exited=" + code, "an exit code from 0 to 255");
    return true;
  });
  return filters;
}

bool fits(const Filters& filters, const Container& container) {
  auto id = [&](const std::string& prefix) { return container.id.starts_with(prefix); };
  auto name = [&](const std::string& part) { return container.name.find(part) != std::string::npos; };
  auto status = [&](const std::string& word) { return word == status_word(container.status); };
  auto exited = [&](const std::string& code) {
    return container.status == Status::exited && std::to_string(container.exit_code) == code;
  };
  auto health = [&](const std::string& word) { return word == (container.health.empty() ? "none" : container.health); };
  auto ancestor = [&](const std::string& image) { return is_ancestor(container, image); };
  return filters.any("id", id) && filters.any("name", name) && filters.any("status", status) &&
         filters.any("health", health) && filters.any("exited", exited) && filters.any("ancestor", ancestor) &&
         filters.labels_fit(container.labels);
}

}  // namespace ccocker::cli
