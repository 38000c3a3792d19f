// Docker's JSON form of a profile (its profiles/seccomp package), read with suspicion.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "loop/error.h"
#include "runtime/capabilities.h"
#include "runtime/seccomp_profile.h"

namespace ccocker::runtime {
namespace {

using nlohmann::json;

constexpr size_t rules_max = 5'000, names_max = 5'000;  // in all; the kernel's filters end at 4096 instructions
constexpr uint32_t argument_index_max = 5, errno_max = 4095;

[[noreturn]] void refuse(std::string text) { throw Error(Errc::invalid, std::move(text)); }

uint64_t unsigned_at(const json& object, const char* key, uint64_t limit) {
  if (!object.contains(key) || object[key].is_null()) return 0;
  const json& value = object[key];
  if (!value.is_number_unsigned() || value.get<uint64_t>() > limit)
    refuse(fmt::format("\"{}\" is not a whole number up to {}", key, limit));
  return value.get<uint64_t>();
}

std::string string_at(const json& object, const char* key) {
  if (!object.contains(key) || object[key].is_null()) return {};
  if (!object[key].is_string()) refuse(fmt::format("\"{}\" is not a string", key));
  return object[key].get<std::string>();
}

std::vector<std::string> strings_at(const json& object, const char* key) {
  std::vector<std::string> all;
  if (!object.contains(key) || object[key].is_null()) return all;
  if (!object[key].is_array()) refuse(fmt::format("\"{}\" is not a list", key));
  for (const json& item : object[key]) {
    if (!item.is_string()) refuse(fmt::format("\"{}\" holds something other than strings", key));
    all.push_back(item.get<std::string>());
  }
  return all;
}

std::optional<uint32_t> errno_at(const json& object, const char* key) {
  if (!object.contains(key) || object[key].is_null()) return std::nullopt;
  return static_cast<uint32_t>(unsigned_at(object, key, errno_max));
}

const json& list_at(const json& object, const char* key) {
  static const json none = json::array();
  if (!object.contains(key) || object[key].is_null()) return none;
  if (!object[key].is_array()) refuse(fmt::format("\"{}\" is not a list", key));
  for (const json& item : object[key])
    if (!item.is_object()) refuse(fmt::format("\"{}\" holds something other than objects", key));
  return object[key];
}

json object_at(const json& object, const char* key) {
  if (!object.contains(key) || object[key].is_null()) return json::object();
  if (!object[key].is_object()) refuse(fmt::format("\"{}\" is not an object", key));
  return object[key];
}

uint32_t kernel_version(const std::string& text) {
  unsigned major = 0, minor = 0;
  if (std::sscanf(text.c_str(), "%4u.%4u", &major, &minor) != 2)
    refuse(fmt::format("\"minKernel\" is \"{}\", not a version like 4.8", text.substr(0, 32)));
  return major << 16 | minor;
}

bool any_architecture(const std::vector<std::string>& names, const SeccompConditions& conditions) {
  for (const std::string& name : names)
    if (name == conditions.architecture) return true;
  return false;
}

bool has(uint64_t mask, const std::string& capability) { return (parse_capability(capability) & ~mask) == 0; }

bool applies(const json& rule, const SeccompConditions& conditions) {
  json includes = object_at(rule, "includes"), excludes = object_at(rule, "excludes");
  for (const std::string& name : strings_at(excludes, "caps"))
    if (has(conditions.capabilities, name)) return false;
  for (const std::string& name : strings_at(includes, "caps"))
    if (!has(conditions.capabilities, name)) return false;
  if (any_architecture(strings_at(excludes, "arches"), conditions)) return false;
  std::vector<std::string> wanted = strings_at(includes, "arches");
  if (!wanted.empty() && !any_architecture(wanted, conditions)) return false;
  std::string least = string_at(includes, "minKernel"), beyond = string_at(excludes, "minKernel");
  if (!least.empty() && conditions.kernel_version < kernel_version(least)) return false;
  return beyond.empty() || conditions.kernel_version < kernel_version(beyond);
}

SeccompRule rule_from(const json& in) {
  SeccompRule rule;
  rule.names = strings_at(in, "names");
  std::string single = string_at(in, "name");
  if (!single.empty() && !rule.names.empty()) refuse("a rule has both \"name\" and \"names\"");
  if (!single.empty()) rule.names.push_back(single);
  if (rule.names.empty()) refuse("a rule names no system call");
  rule.action = string_at(in, "action");
  rule.errno_value = errno_at(in, "errnoRet");
  for (const json& argument : list_at(in, "args"))
    rule.arguments.push_back({static_cast<uint32_t>(unsigned_at(argument, "index", argument_index_max)),
                              string_at(argument, "op"), unsigned_at(argument, "value", UINT64_MAX),
                              unsigned_at(argument, "valueTwo", UINT64_MAX)});
  return rule;
}

std::string scmp_name(const std::string& go_name) {
  if (go_name == "amd64") return "SCMP_ARCH_X86_64";
  if (go_name == "arm64") return "SCMP_ARCH_AARCH64";
  return "SCMP_ARCH_RISCV64";
}

std::vector<std::string> architectures_from(const json& in, const SeccompConditions& conditions) {
  std::vector<std::string> listed = strings_at(in, "architectures");
  const json& map = list_at(in, "archMap");
  if (!listed.empty() && !map.empty()) refuse("it has both \"architectures\" and \"archMap\"");
  for (const json& entry : map)
    if (string_at(entry, "architecture") == scmp_name(conditions.architecture))
      return strings_at(entry, "subArchitectures");
  return listed;
}

SeccompProfile profile_from(const json& in, const SeccompConditions& conditions) {
  if (!in.is_object()) refuse("it is not a JSON object");
  SeccompProfile profile;
  profile.default_action = string_at(in, "defaultAction");
  if (profile.default_action.empty()) refuse("it has no \"defaultAction\"");
  profile.default_errno = errno_at(in, "defaultErrnoRet");
  profile.architectures = architectures_from(in, conditions);
  size_t names = 0;
  for (const json& rule : list_at(in, "syscalls")) {
    SeccompRule parsed = rule_from(rule);
    names += parsed.names.size();
    if (applies(rule, conditions)) profile.rules.push_back(std::move(parsed));
    if (profile.rules.size() > rules_max || names > names_max) refuse("it has more than 5000 rules or names");
  }
  return profile;
}

}  // namespace

SeccompProfile parse_seccomp_profile(std::string_view text, const SeccompConditions& conditions) {
  if (text.size() > seccomp_profile_bytes_max) refuse(fmt::format("it has {} bytes; the limit is 1 MiB", text.size()));
  try {
    return profile_from(json::parse(text), conditions);
  } catch (const json::exception& error) {
    throw Error(Errc::invalid, fmt::format("it is not JSON: {}", error.what()));
  }
}

}  // namespace ccocker::runtime
