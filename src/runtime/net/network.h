#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/net/address.h"

namespace ccocker::runtime {

constexpr const char* default_network = "bridge";  // Docker's name for it

// A network as its record ROOT/networks/NAME.json tells it: a bridge of the host and the range of its containers.
struct Network {
  std::string id;  // 64 hex digits
  std::string name;
  std::string bridge;  // the link on the host
  Subnet subnet;
  Address gateway;
  std::optional<Subnet> subnet6;
  std::optional<Address> gateway6;
  bool internal = false;   // no way out
  bool automatic = false;  // the range was chosen by us and may be moved while nobody uses it
  std::map<std::string, std::string> labels;
  int64_t created_unix_ns = 0;
  bool operator==(const Network&) const = default;
};

std::string network_to_json(const Network& network);
Network network_from_json(std::string_view text);  // Errc::corrupt

std::optional<Network> load_network(const std::string& root, const std::string& name);
void save_network(const std::string& root, const Network& network);
void remove_network(const std::string& root, const std::string& name);
// What writers that were killed have left. For the holder of the host's lock, beside whom nobody writes.
void remove_unfinished(const std::string& root);
std::vector<Network> list_networks(const std::string& root);  // by name

}  // namespace ccocker::runtime
