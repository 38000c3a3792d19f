#include "runtime/launch_names.h"

#include <unistd.h>

namespace ccocker::runtime {

std::string host_name_of(const Spec& spec, const std::string& id) {
  constexpr size_t short_id_digits = 12;
  if (!spec.hostname.empty()) return spec.hostname;
  char name[256];
  bool of_host = spec.network == NetworkMode::host || spec.shared.host_uts;
  if (of_host && ::gethostname(name, sizeof name) == 0) return name;
  return id.substr(0, short_id_digits);
}

}  // namespace ccocker::runtime
