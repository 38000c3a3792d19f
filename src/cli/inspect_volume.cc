#include "cli/inspect_volume.h"

namespace ccocker::cli {

Value inspect_volume(const runtime::Volume& volume) {
  std::map<std::string, std::string> labels = volume.labels;
  if (volume.anonymous) labels["com.docker.volume.anonymous"] = "";
  Value out = Value::record({{"CreatedAt", volume.created},
                             {"Driver", "local"},
                             {"Labels", labels.empty() ? Value::null_map() : Value(labels)},
                             {"Mountpoint", volume.mountpoint},
                             {"Name", volume.name},
                             {"Options", Value::null_map()},
                             {"Scope", "local"}});
  out.set_optional("Status", Value::null_map());
  out.set_optional("UsageData", {});
  return out;
}

}  // namespace ccocker::cli
