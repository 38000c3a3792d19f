#pragma once
#include "loop/task.h"
#include "runtime/net/published.h"

namespace ccocker::runtime {

// Leads what reaches a published port on the host itself to the container: connections from this host (127.0.0.1, ::1
// and its own addresses) and from containers. Those of other machines are led there by rules (PortTable) and do not
// come by here. Runs until it is cancelled; a connection that fails ends alone.
Task<void> proxy_port(const BoundPort& port, SocketAddress container);

Task<void> proxy_connections(FdView listener, SocketAddress container);  // TCP
Task<void> proxy_datagrams(FdView socket, SocketAddress container);      // UDP

}  // namespace ccocker::runtime
