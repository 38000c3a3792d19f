#pragma once
#include <functional>
#include <string>
#include <vector>

#include "loop/fd.h"
#include "loop/task.h"

namespace ccocker::runtime {

// Where a container finds its resolver, as in Docker: an address of its own loopback interface. The supervisor serves
// it through sockets opened inside, so no other process has to live, no firewall of the host is in between, and only
// this container can ask.
constexpr const char* resolver_address = "127.0.0.11";

struct ResolverSockets {
  Fd datagrams, listener;
};
// In the network namespace of this thread.
ResolverSockets open_resolver();

struct ResolverContext {
  std::string state, id;  // whose networks the names are looked up on
  // Name servers for all other names, asked from the host; none: SERVFAIL. Called for each question.
  std::function<std::vector<std::string>()> upstream;
};
// Answers until it is cancelled: containers of the same networks by name, alias and short ID, and their addresses back
// to names; everything else as the upstream servers answer it.
Task<void> resolve_names(ResolverContext context, const ResolverSockets& sockets);

}  // namespace ccocker::runtime
