#pragma once
#include <string>
#include <vector>

namespace ccocker::runtime {

// The name servers that the other names of a container are asked of, from the host: its own, or the host's.
class NameServers {
 public:
  NameServers(std::string root, std::string state, std::string id, std::vector<std::string> servers);

  // The host reaches what the container shall not: of one that does not lead out only those are asked that are on a
  // network it is on now.
  std::vector<std::string> to_ask(bool leads_out) const;

 private:
  std::string root_, state_, id_;
  std::vector<std::string> servers_;
};

}  // namespace ccocker::runtime
