#include "cli/env_flags.h"

#include <fmt/format.h>

#include "cli/bad_value.h"
#include "cli/text.h"

namespace ccocker::cli {
namespace {

constexpr const char* default_path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string_view name_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

[[noreturn]] void bad_line(const std::string& path, size_t line, const char* why) {
  throw Error(Errc::invalid, fmt::format("--env-file: {}, line {}: {}", path, line, why));
}

// A name is anything without spaces, as Docker takes it; a byte 0 would end it early in execve(2).
bool is_name(std::string_view name) {
  return !name.empty() && name.find_first_of(" \t\r\n") == name.npos && name.find('\0') == name.npos;
}

}  // namespace

std::optional<std::string> parse_env(std::string_view flag, const std::string& text, const HostEnv& host) {
  std::string name(name_of(text));
  if (name.empty()) bad_value(flag, text, "NAME=value or NAME");
  if (name.size() < text.size()) return text;
  std::optional<std::string> value = host(name);
  return value ? std::optional(name + "=" + *value) : std::nullopt;
}

std::string parse_env_flag(const std::string& text, const HostEnv& host) {
  return parse_env("env", text, host).value_or(text);
}

std::vector<std::string> parse_env_file(const std::string& path, std::string_view content, const HostEnv& host) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (content.starts_with(byte_order_mark)) content.remove_prefix(byte_order_mark.size());
  std::vector<std::string> out;
  size_t number = 0;
  for (const std::string& raw : split(content, '\n')) {
    ++number;
    std::string_view line = raw;
    if (line.ends_with('\r')) line.remove_suffix(1);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.empty() || line[0] == '#') continue;
    if (line.find('\0') != line.npos) bad_line(path, number, "it holds a byte 0");
    std::string_view name = name_of(line);
    if (name.empty()) bad_line(path, number, "there is no name before '='");
    if (!is_name(name)) bad_line(path, number, "the name holds a space");
    if (std::optional<std::string> entry = parse_env("env-file", std::string(line), host)) out.push_back(*entry);
  }
  return out;
}

std::pair<std::string, std::string> parse_label(std::string_view flag, std::string_view text) {
  std::string_view key = name_of(text);
  if (trim(key).empty()) bad_value(flag, text, "KEY=VALUE or KEY");
  return {std::string(key), key.size() == text.size() ? "" : std::string(text.substr(key.size() + 1))};
}

void set_env(std::vector<std::string>& env, const std::string& entry) {
  for (std::string& old : env) {
    if (name_of(old) != name_of(entry)) continue;
    old = entry;
    return;
  }
  env.push_back(entry);
}

std::vector<std::string> make_env(const std::vector<std::string>& user, const std::vector<std::string>& image,
                                  const std::string& hostname, bool terminal) {
  std::vector<std::string> env{default_path};
  if (!hostname.empty()) env.push_back("HOSTNAME=" + hostname);
  if (terminal) env.push_back("TERM=xterm");
  std::vector<std::string> given;
  for (const std::string& entry : user) set_env(given, entry);
  for (const std::string& entry : image) {
    auto same = [&](const std::string& other) { return name_of(other) == name_of(entry); };
    if (std::none_of(given.begin(), given.end(), same)) given.push_back(entry);
  }
  for (const std::string& entry : given) set_env(env, entry);
  return env;
}

}  // namespace ccocker::cli
