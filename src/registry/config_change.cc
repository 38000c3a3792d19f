#include "registry/config_change.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "loop/error.h"
#include "registry/text.h"

namespace ccocker::registry {
namespace {

using nlohmann::ordered_json;

struct Change {
  std::string_view whole, rest;  // the instruction, and what stands behind its first word
};

[[noreturn]] void refuse(const Change& change, std::string_view why) {
  throw Error(Errc::invalid, fmt::format("the change \"{}\" {}", change.whole, why));
}

// Words between spaces; quotes and backslashes as in a Dockerfile.
std::vector<std::string> words_of(const Change& change) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false;
  char quote = 0;
  for (size_t i = 0; i < change.rest.size(); ++i) {
    char c = change.rest[i];
    if (c == '\\' && quote != '\'' && i + 1 < change.rest.size()) {
      word += change.rest[++i];
      inside = true;
    } else if (quote ? c == quote : (c == '"' || c == '\'')) {
      quote = quote ? 0 : c;
      inside = true;
    } else if (!quote && (c == ' ' || c == '\t')) {
      if (inside) words.push_back(std::exchange(word, {}));
      inside = false;
    } else {
      word += c;
      inside = true;
    }
  }
  if (quote) refuse(change, "has a quote that is not closed");
  if (inside) words.push_back(std::move(word));
  return words;
}

// ["a", "b"], or the text for a shell.
ordered_json command_of(const Change& change) {
  if (change.rest.starts_with('[')) {
    ordered_json list = ordered_json::parse(change.rest, nullptr, false);
    bool strings =
        list.is_array() && std::ranges::all_of(list, [](const ordered_json& item) { return item.is_string(); });
    if (strings) return list;
  }
  if (change.rest.empty()) return ordered_json::array();
  return {"/bin/sh", "-c", std::string(change.rest)};
}

void set_cmd(ordered_json& config, const Change& change) { config["Cmd"] = command_of(change); }

void set_entrypoint(ordered_json& config, const Change& change) { config["Entrypoint"] = command_of(change); }

void put_env(ordered_json& config, const std::string& name, const std::string& value) {
  ordered_json& env = config["Env"];
  if (!env.is_array()) env = ordered_json::array();
  for (ordered_json& entry : env)
    if (entry.is_string() && entry.get<std::string>().starts_with(name + "=")) {
      entry = name + "=" + value;
      return;
    }
  env.push_back(name + "=" + value);
}

using Put = void (*)(ordered_json&, const std::string& name, const std::string& value);

// NAME=VALUE NAME=VALUE..., or NAME and all the rest.
void put_pairs(ordered_json& config, const Change& change, Put put) {
  std::vector<std::string> words = words_of(change);
  if (words.empty()) refuse(change, "needs a name and a value");
  if (words[0].find('=') == std::string::npos) {
    if (words.size() < 2) refuse(change, "needs a value: NAME=VALUE");
    size_t space = change.rest.find_first_of(" \t");
    return put(config, words[0], std::string(trim(change.rest.substr(space))));
  }
  for (const std::string& word : words) {
    size_t equals = word.find('=');
    if (equals == 0 || equals == word.npos) refuse(change, fmt::format("has \"{}\", which is not NAME=VALUE", word));
    put(config, word.substr(0, equals), word.substr(equals + 1));
  }
}

void add_env(ordered_json& config, const Change& change) { put_pairs(config, change, put_env); }

void add_label(ordered_json& config, const Change& change) {
  put_pairs(config, change, [](ordered_json& to, const std::string& name, const std::string& value) {
    if (!to["Labels"].is_object()) to["Labels"] = ordered_json::object();
    to["Labels"][name] = value;
  });
}

void add_to_set(ordered_json& config, const char* field, const std::string& key) {
  if (!config[field].is_object()) config[field] = ordered_json::object();
  config[field][key] = ordered_json::object();
}

bool is_port(std::string_view text) {
  size_t slash = text.find('/');
  std::string_view number = text.substr(0, slash), protocol = slash == text.npos ? "tcp" : text.substr(slash + 1);
  bool digits = !number.empty() && number.size() <= 5 && number.find_first_not_of("0123456789") == number.npos;
  return digits && std::stoi(std::string(number)) <= 65535 &&
         (protocol == "tcp" || protocol == "udp" || protocol == "sctp");
}

void add_ports(ordered_json& config, const Change& change) {
  std::vector<std::string> words = words_of(change);
  if (words.empty()) refuse(change, "needs a port");
  for (std::string word : words) {
    if (!is_port(word)) refuse(change, fmt::format("has \"{}\", which is no port such as 80 or 53/udp", word));
    if (word.find('/') == word.npos) word += "/tcp";
    add_to_set(config, "ExposedPorts", word);
  }
}

void add_volumes(ordered_json& config, const Change& change) {
  std::vector<std::string> paths;
  ordered_json list = change.rest.starts_with('[') ? ordered_json::parse(change.rest, nullptr, false) : ordered_json();
  if (list.is_array()) {
    for (const ordered_json& item : list) {
      if (!item.is_string()) refuse(change, "has something that is no path");
      paths.push_back(item.get<std::string>());
    }
  } else {
    paths = words_of(change);
  }
  if (paths.empty()) refuse(change, "needs a path");
  for (const std::string& path : paths) {
    if (path.empty()) refuse(change, "has an empty path");
    add_to_set(config, "Volumes", path);
  }
}

std::string one_word(const Change& change) {
  std::vector<std::string> words = words_of(change);
  if (words.size() != 1) refuse(change, "needs one word");
  return words[0];
}

void set_user(ordered_json& config, const Change& change) { config["User"] = one_word(change); }
void set_stop_signal(ordered_json& config, const Change& change) { config["StopSignal"] = one_word(change); }

void set_workdir(ordered_json& config, const Change& change) {
  if (change.rest.empty()) refuse(change, "needs a directory");
  std::string path(change.rest);
  if (!path.starts_with('/')) {
    std::string before = config.value("WorkingDir", "");
    path = (before.empty() || before == "/" ? "" : before) + "/" + path;
  }
  config["WorkingDir"] = path;
}

void set_healthcheck(ordered_json& config, const Change& change) {
  if (change.rest == "NONE") {
    config["Healthcheck"] = {{"Test", {"NONE"}}};
    return;
  }
  if (!change.rest.starts_with("CMD ")) refuse(change, "needs NONE or CMD and a command");
  Change command{change.whole, trim(change.rest.substr(4))};
  ordered_json words = command_of(command), test = ordered_json::array();
  if (command.rest.starts_with('[') && words.is_array()) {
    test.push_back("CMD");
    for (const ordered_json& word : words) test.push_back(word);
  } else {
    test = {"CMD-SHELL", std::string(command.rest)};
  }
  config["Healthcheck"] = {{"Test", test}};
}

void add_onbuild(ordered_json& config, const Change& change) {
  if (change.rest.empty()) refuse(change, "needs an instruction");
  if (!config["OnBuild"].is_array()) config["OnBuild"] = ordered_json::array();
  config["OnBuild"].push_back(std::string(change.rest));
}

void ignore(ordered_json&, const Change&) {}  // MAINTAINER: `--author` says it

struct Instruction {
  std::string_view word;
  void (*apply)(ordered_json&, const Change&);
};
constexpr Instruction instructions[] = {
    {"CMD", set_cmd},       {"ENTRYPOINT", set_entrypoint},   {"ENV", add_env},
    {"EXPOSE", add_ports},  {"HEALTHCHECK", set_healthcheck}, {"LABEL", add_label},
    {"MAINTAINER", ignore}, {"ONBUILD", add_onbuild},         {"STOPSIGNAL", set_stop_signal},
    {"USER", set_user},     {"VOLUME", add_volumes},          {"WORKDIR", set_workdir},
};

void apply(ordered_json& config, const std::string& text) {
  std::string_view whole = trim(text);
  size_t end = std::min(whole.find_first_of(" \t"), whole.size());
  std::string word(whole.substr(0, end));
  for (char& c : word)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  Change change{whole, trim(whole.substr(end))};
  for (const Instruction& instruction : instructions)
    if (instruction.word == word) return instruction.apply(config, change);
  refuse(change,
         "is not one of CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, "
         "WORKDIR");
}

}  // namespace

std::string apply_config_changes(std::string_view config_object, const std::vector<std::string>& changes) {
  ordered_json config = ordered_json::parse(config_object, nullptr, false);
  if (!config.is_object()) config = ordered_json::object();
  for (const std::string& change : changes) apply(config, change);
  return config.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace ccocker::registry
