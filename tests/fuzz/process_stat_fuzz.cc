// fuzzes: runtime/process_stat
//
// /proc/PID/stat: a container chooses the names of its processes, and no name changes what the other fields say.
#include "runtime/process_stat.h"

#include <cstdlib>

using namespace ccocker::runtime;

namespace {

// What the kernel writes of a process of that name.
std::string stat_of(const std::string& name) {
  return "42 (" + name +
         ") S 7 42 42 34816 42 4194304 1 2 3 4 100 50 0 0 20 0 3 0 12345 1000 10 18446744073709551615 1 1\n";
}

bool is_right(const ProcessInfo& info) {
  return info.pid == 42 && info.parent == 7 && info.terminal == 34816 && info.cpu_ticks == 150 && info.threads == 3 &&
         info.started_ticks == 12345;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  std::optional<ProcessInfo> info = parse_process_stat(text);
  if (info && text.find("(" + info->name + ")") == text.npos) std::abort();
  info = parse_process_stat(stat_of(text));
  if (!info || info->name != text || !is_right(*info)) std::abort();
  return 0;
}
