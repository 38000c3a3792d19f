#pragma once
#include <optional>
#include <string>
#include <vector>

#include "loop/fd.h"
#include "loop/task.h"
#include "runtime/net/dns_message.h"

namespace ccocker::runtime {

// Asks the name servers in turn, each for a moment, with an ID and a port of its own; by TCP where the client came by
// TCP. Gives the answer as it came, with the client's ID; SERVFAIL or REFUSED only when no other server knows better;
// nullopt when none answers.
Task<std::optional<std::vector<uint8_t>>> ask_upstream(std::vector<std::string> servers, std::vector<uint8_t> message,
                                                       DnsQuestion question, bool tcp);

// One message with its length in front, as DNS over TCP has them (RFC 1035, 4.2.2). nullopt at the end.
Task<std::optional<std::vector<uint8_t>>> read_dns_message(FdView socket);
Task<void> write_dns_message(FdView socket, std::vector<uint8_t> message);

}  // namespace ccocker::runtime
