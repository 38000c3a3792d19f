#include "cli/inspect_image.h"

#include "cli/text.h"
#include "cli/value_json.h"

namespace ccocker::cli {
namespace {

// A member of a map, or what stands for it when it is missing or null.
Value member(const Value& map, std::string_view key, Value otherwise) {
  const Value* found = map.find(key);
  return found && !found->is(Value::Kind::null) ? *found : otherwise;
}

// What the image says of it, and 0 for what it does not say.
Value health_check(const Value& check) {
  if (!check.is_object()) return {};
  Value out = Value::record();
  out.set_optional("Test", member(check, "Test", Value::null_list()));
  for (const char* key : {"Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"})
    out.set_optional(key, member(check, key, 0));
  return out;
}

// In Docker's order, with what it always shows.
Value shown_config(const Value& config) {
  Value out = Value::record({{"Hostname", member(config, "Hostname", "")},
                             {"Domainname", member(config, "Domainname", "")},
                             {"User", member(config, "User", "")},
                             {"AttachStdin", member(config, "AttachStdin", false)},
                             {"AttachStdout", member(config, "AttachStdout", false)},
                             {"AttachStderr", member(config, "AttachStderr", false)}});
  out.set_optional("ExposedPorts", member(config, "ExposedPorts", Value::null_map()));
  for (const char* key : {"Tty", "OpenStdin", "StdinOnce"}) out.set(key, member(config, key, false));
  for (const char* key : {"Env", "Cmd"}) out.set(key, member(config, key, Value::null_list()));
  out.set_optional("Healthcheck", health_check(member(config, "Healthcheck", Value())));
  out.set("Image", member(config, "Image", ""));
  out.set("Volumes", member(config, "Volumes", Value::null_map()));
  out.set("WorkingDir", member(config, "WorkingDir", ""));
  for (const char* key : {"Entrypoint", "OnBuild"}) out.set(key, member(config, key, Value::null_list()));
  out.set("Labels", member(config, "Labels", Value::null_map()));
  out.set_optional("StopSignal", member(config, "StopSignal", ""));
  Value timeout = member(config, "StopTimeout", Value());
  timeout.is(Value::Kind::null) ? out.set_optional("StopTimeout", {}) : out.set("StopTimeout", timeout);
  out.set_optional("Shell", member(config, "Shell", Value::null_list()));
  return out;
}

std::string comment_of(const Value& document) {
  const Value* history = document.find("history");
  bool has_steps = history && history->is(Value::Kind::list) && !history->items().empty();
  std::string own = member(document, "comment", "").str();
  return own.empty() && has_steps ? member(history->items().back(), "comment", "").str() : own;
}

std::vector<std::string> texts_of(const std::vector<registry::Digest>& digests) {
  std::vector<std::string> texts;
  for (const registry::Digest& digest : digests) texts.push_back(digest.str());
  return texts;
}

std::vector<std::string> texts_of(const std::vector<registry::Reference>& names) {
  std::vector<std::string> texts;
  for (const registry::Reference& name : names) texts.push_back(name.familiar());
  return texts;
}

Value graph_driver(const registry::Image& image) {
  std::vector<std::string> lower(image.layer_paths.rbegin(), image.layer_paths.rend());
  return Value::record({{"Data", Value::map({{"LowerDir", join(lower, ":")}})}, {"Name", "overlay"}});
}

}  // namespace

Value inspect_image(const registry::Image& image, std::string_view config_json) {
  Value document = parse_json(config_json, "the config of image " + image.id.str());
  Value out = Value::record({{"Id", image.id.str()},
                             {"RepoTags", texts_of(image.tags)},
                             {"RepoDigests", texts_of(image.repo_digests)},
                             {"Parent", ""},
                             {"Comment", comment_of(document)},
                             {"Created", image.config.created},
                             {"DockerVersion", member(document, "docker_version", "")},
                             {"Author", image.config.author},
                             {"Config", shown_config(member(document, "config", Value::map()))},
                             {"Architecture", image.config.platform.architecture}});
  out.set_optional("Variant", image.config.platform.variant);
  out.set("Os", image.config.platform.os);
  out.set_optional("OsVersion", member(document, "os.version", ""));
  out.set("Size", image.size_bytes);
  out.set("GraphDriver", graph_driver(image));
  out.set("RootFS", Value::record({{"Type", "layers"}, {"Layers", texts_of(image.config.diff_ids)}}));
  return out;
}

}  // namespace ccocker::cli
