#include <algorithm>
#include <nlohmann/json.hpp>

#include "loop/error.h"
#include "registry/config_change.h"
#include "registry/new_image.h"

namespace ccocker::registry {
namespace {

using nlohmann::ordered_json;

std::string text_of(const ordered_json& document) {
  return document.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

void set_or_drop(ordered_json& config, const char* field, const std::string& value) {
  if (value.empty())
    config.erase(field);
  else
    config[field] = value;
}

std::vector<std::string> strings_of(const ordered_json& config, const char* field) {
  auto found = config.find(field);
  std::vector<std::string> out;
  if (found == config.end() || !found->is_array()) return out;
  for (const ordered_json& item : *found)
    if (item.is_string()) out.push_back(item.get<std::string>());
  return out;
}

// A command line that begins with the image's entrypoint keeps it; any other is all command.
size_t fitting_entrypoint_words(const ordered_json& config, const std::vector<std::string>& line) {
  std::vector<std::string> entrypoint = strings_of(config, "Entrypoint");
  bool keeps = line.size() >= entrypoint.size() && std::equal(entrypoint.begin(), entrypoint.end(), line.begin());
  return keeps ? entrypoint.size() : 0;
}

void set_words(ordered_json& config, const char* field, std::vector<std::string> words) {
  if (words.empty())
    config.erase(field);
  else
    config[field] = std::move(words);
}

void set_command(ordered_json& config, const CommitConfig& commit) {
  const std::vector<std::string>& line = commit.command;
  size_t words = commit.entrypoint_words.value_or(fitting_entrypoint_words(config, line));
  auto split = line.begin() + static_cast<std::ptrdiff_t>(std::min(words, line.size()));
  set_words(config, "Entrypoint", {line.begin(), split});
  set_words(config, "Cmd", {split, line.end()});
}

void set_exposed_ports(ordered_json& config, const std::vector<std::string>& ports) {
  config.erase("ExposedPorts");
  for (const std::string& port : ports) config["ExposedPorts"][port] = ordered_json::object();
}

void set_container_fields(ordered_json& config, const CommitConfig& commit) {
  config["Env"] = commit.env;
  set_command(config, commit);
  set_exposed_ports(config, commit.exposed_ports);
  if (!commit.healthcheck_json.empty()) config["Healthcheck"] = ordered_json::parse(commit.healthcheck_json);
  set_or_drop(config, "User", commit.user);
  set_or_drop(config, "WorkingDir", commit.working_dir);
  set_or_drop(config, "StopSignal", commit.stop_signal);
  if (!commit.labels.empty()) config["Labels"] = commit.labels;
}

ordered_json changed(const ordered_json& config, const std::vector<std::string>& changes) {
  return ordered_json::parse(apply_config_changes(text_of(config), changes));
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

}  // namespace

std::string commit_config(const std::string& base, const CommitConfig& commit, const Digest& layer) {
  ordered_json image = ordered_json::parse(base, nullptr, false);
  if (!image.is_object()) throw Error(Errc::corrupt, "the config of the container's image is no JSON object");
  for (const char* field : {"container", "container_config", "docker_version", "id", "parent"}) image.erase(field);
  ordered_json& config = image["config"];
  if (!config.is_object()) config = ordered_json::object();
  set_container_fields(config, commit);
  config = changed(config, commit.changes);
  image["created"] = commit.created;
  set_or_drop(image, "author", commit.author);
  ordered_json step = {{"created", commit.created}};
  if (!commit.author.empty()) step["author"] = commit.author;
  step["created_by"] = joined(commit.command);
  if (!commit.comment.empty()) step["comment"] = commit.comment;
  if (!image["history"].is_array()) image["history"] = ordered_json::array();
  image["history"].push_back(std::move(step));
  image["rootfs"]["diff_ids"].push_back(layer.str());
  return text_of(image);
}

std::string import_config(const ImportConfig& import, const Digest& layer) {
  ordered_json image = {{"architecture", import.platform.architecture}, {"os", import.platform.os}};
  if (!import.platform.variant.empty()) image["variant"] = import.platform.variant;
  image["created"] = import.created;
  image["config"] = changed(ordered_json::object(), import.changes);
  image["history"] = ordered_json::array({{{"created", import.created}, {"comment", import.comment}}});
  image["rootfs"] = {{"type", "layers"}, {"diff_ids", {layer.str()}}};
  return text_of(image);
}

}  // namespace ccocker::registry
