#include "cli/security_flags.h"

#include <signal.h>

#include <charconv>

#include "cli/bad_value.h"
#include "cli/options.h"
#include "cli/text.h"
#include "loop/error.h"
#include "runtime/seccomp_profile.h"
#include "runtime/signal_number.h"
#include "runtime/sysctls.h"

namespace ccocker::cli {
namespace {

constexpr const char* security_forms =
    "seccomp=FILE, seccomp=unconfined, no-new-privileges[:true|false] or systempaths=unconfined";

struct NameValue {
  std::string name, value;
  bool has_value;
};

// Docker takes '=' and, from older days, ':' between name and value.
NameValue cut(const std::string& text) {
  size_t at = text.find_first_of("=:");
  if (at == text.npos) return {text, "", false};
  return {text.substr(0, at), text.substr(at + 1), true};
}

// Read here and kept in the record, as Docker does: the file may be relative to our directory, go or change later. What
// is wrong in it is said before anything is pulled or made.
runtime::Seccomp read_profile(const std::string& path, const ReadFlagFile& read_file) {
  runtime::Seccomp seccomp{runtime::Seccomp::Kind::file, path, read_file("security-opt", path)};
  try {
    runtime::parse_seccomp_profile(seccomp.profile, {});
  } catch (Error& error) {
    throw std::move(error).in("--security-opt: the seccomp profile " + path);
  }
  return seccomp;
}

runtime::Seccomp seccomp_option(const std::string& text, const std::string& value, const ReadFlagFile& read_file) {
  using Kind = runtime::Seccomp::Kind;
  if (value == "unconfined") return {Kind::unconfined, ""};
  if (value == "builtin" || value == "default") return {Kind::builtin, ""};
  if (value.empty()) bad_value("security-opt", text, security_forms);
  return read_profile(value, read_file);
}

}  // namespace

void apply_security_option(const std::string& text, const ReadFlagFile& read_file, runtime::Spec& spec) {
  NameValue option = cut(text);
  if (option.name == "seccomp" && option.has_value) {
    spec.seccomp = seccomp_option(text, option.value, read_file);
  } else if (option.name == "no-new-privileges") {
    std::optional<bool> on = option.has_value ? parse_bool(option.value) : true;
    if (!on) bad_value("security-opt", text, security_forms);
    spec.process.no_new_privileges = *on;
  } else if (text == "systempaths=unconfined") {
    spec.masked_paths.clear();
    spec.readonly_paths.clear();
  } else if (text != "apparmor=unconfined" && text != "apparmor:unconfined" && text != "label=disable" &&
             text != "label:disable") {
    bad_value("security-opt", text, security_forms);
  }
}

std::pair<std::string, std::string> parse_sysctl(std::string_view text, const runtime::Spec& spec) {
  size_t equals = text.find('=');
  if (equals == text.npos) bad_value("sysctl", text, "NAME=VALUE, such as net.core.somaxconn=1024");
  return {runtime::sysctl_name(text.substr(0, equals), spec), std::string(text.substr(equals + 1))};
}

int parse_signal(std::string_view flag, std::string_view text) {
  std::optional<int> value = runtime::signal_number(text);
  if (!value) bad_value(flag, text, "a signal such as SIGTERM, TERM or 15");
  return *value;
}

}  // namespace ccocker::cli
