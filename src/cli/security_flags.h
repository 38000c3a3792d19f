#pragma once
// --security-opt, --sysctl, --stop-signal.
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/spec.h"

namespace ccocker::cli {

// The text of the file that a flag names, which its errors name.
using ReadFlagFile = std::function<std::string(const std::string& flag, const std::string& path)>;

// seccomp=FILE|unconfined|builtin, no-new-privileges[:true|false], systempaths=unconfined; apparmor=unconfined and
// label=disable say what is so anyway. Errc::invalid for others, and for a profile that is none.
void apply_security_option(const std::string& text, const ReadFlagFile& read_file, runtime::Spec& spec);

// "net.core.somaxconn=1024": only what belongs to the container's own namespaces, never a setting of the host.
std::pair<std::string, std::string> parse_sysctl(std::string_view text, const runtime::Spec& spec);

// "SIGTERM", "term", "15", "RTMIN+3": the signal's number.
int parse_signal(std::string_view flag, std::string_view text);

}  // namespace ccocker::cli
