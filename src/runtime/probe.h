#pragma once
// Health probes that need no program inside the container: the supervisor makes a socket in the container's network
// namespace and connects from its own ring.
#include <string>
#include <string_view>

#include "loop/fd.h"
#include "loop/task.h"

namespace ccocker::runtime {

struct ProbeResult {
  bool healthy = false;
  std::string output;  // one line: what was seen
};

// Connects to 127.0.0.1:`port` (and [::1] when that is refused) as seen in `network`, a descriptor of the namespace.
Task<ProbeResult> probe_tcp(FdView network, int port);
// Asks it for `path`; a status from 200 to 399 is healthy.
Task<ProbeResult> probe_http(FdView network, int port, std::string path);

// The status of "HTTP/1.1 200 OK\r\n..."; 0 when that is no answer of HTTP.
int http_status(std::string_view head);

}  // namespace ccocker::runtime
