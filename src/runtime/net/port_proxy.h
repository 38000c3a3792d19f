#pragma once
#include <chrono>

#include "loop/task.h"
#include "runtime/net/published.h"

namespace ccocker::runtime {

// Leads what reaches a published port on the host itself to the container: connections from this host (127.0.0.1, ::1
// and its own addresses) and from containers. Those of other machines are led there by rules (PortTable) and do not
// come by here. Runs until it is cancelled; a connection that fails ends alone.
Task<void> proxy_port(const BoundPort& port, SocketAddress container);

Task<void> proxy_connections(FdView listener, SocketAddress container);  // TCP

// How long a client that says nothing is remembered: as conntrack does it, one that has had a single answer (a question
// to a name server) for less long than a conversation. Beyond `clients_max` the one that is silent longest is
// forgotten.
struct DatagramLimits {
  std::chrono::milliseconds silence_max{30'000}, conversation_silence_max{90'000};
  size_t clients_max = 1024;
};
Task<void> proxy_datagrams(FdView socket, SocketAddress container, DatagramLimits limits = {});  // UDP

// Drops what came to a UDP port before rules led it elsewhere. An answer to it would be tracked as a connection of this
// host's own, and its client would not come by the rules any more.
void discard_datagrams(FdView socket);

}  // namespace ccocker::runtime
