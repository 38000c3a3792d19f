// clang-format off
// fuzzes: cli/size cli/limit_flags cli/network_flags cli/security_flags runtime/net/address runtime/capabilities runtime/seccomp_json runtime/signal_number runtime/sysctls cli/options cli/suggest cli/text loop/error
// clang-format on
// The small values of flags: sizes, limits, addresses, sysctls, signals.
#include <cstdlib>

#include "cli/limit_flags.h"
#include "cli/network_flags.h"
#include "cli/security_flags.h"
#include "cli/size.h"
#include "cli/text.h"
#include "loop/error.h"
#include "runtime/sysctls.h"

using namespace ccocker;
using namespace ccocker::cli;

namespace {

template <typename Parse>
void attempt(Parse parse) {
  try {
    parse();
  } catch (const Error&) {
  }
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  attempt([&] { require(parse_size("memory", text) <= uint64_t{INT64_MAX}); });
  attempt([&] { require(parse_size("mem", text, 1 << 20) <= uint64_t{INT64_MAX}); });
  attempt([&] { require(parse_cpus_quota_us(text, 4) <= 400'000); });
  attempt([&] { parse_cpu_list("cpuset-cpus", text); });
  attempt([&] {
    runtime::Rlimit limit = parse_ulimit(text);
    require(limit.soft <= limit.hard);
  });
  attempt([&] { require(parse_add_host(text).first.find_first_of(" \t\n") == std::string::npos); });
  attempt([&] { parse_address("dns", text); });
  attempt([&] { require(parse_hostname(text).size() <= 64); });
  attempt([&] { require(parse_resolver_word("dns-search", text).find('\n') == std::string::npos); });
  attempt([&] {
    std::string name = parse_sysctl(text, runtime::Spec()).first;
    std::string path = runtime::sysctl_path(name, runtime::Spec());
    require(path.starts_with("/proc/sys/") && (path + "/").find("/../") == std::string::npos);
  });
  attempt([&] {
    int signal = parse_signal("stop-signal", text);
    require(signal >= 1 && signal <= 64);
  });
  attempt([&] {
    runtime::Spec spec;
    apply_security_option(
        text, [&](const std::string&, const std::string& path) { return path; }, spec);
  });
  require(columns(ellipsis(text, 10)) <= 10);
  require(printable(text).find('\x1b') == std::string::npos);
  json_quote(text);
  return 0;
}
