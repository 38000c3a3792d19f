#include "runtime/net/network.h"

#include <fcntl.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "loop/error.h"
#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

using nlohmann::json;

constexpr int format_version = 1;
constexpr std::string_view suffix = ".json";

std::string path_of(const std::string& root, const std::string& name) {
  return root + "/networks/" + name + std::string(suffix);
}

Subnet subnet_of(const json& value) {
  std::optional<Subnet> subnet = Subnet::parse(value.get<std::string>());
  if (!subnet) throw Error(Errc::corrupt, "a range does not parse");
  return *subnet;
}

Address address_of(const json& value) {
  std::optional<Address> address = Address::parse(value.get<std::string>());
  if (!address) throw Error(Errc::corrupt, "an address does not parse");
  return *address;
}

Network parse(const json& in) {
  int version = in.at("version").get<int>();
  if (version != format_version) throw Error(Errc::unsupported, "its format version is not known to this ccocker");
  Network network;
  in.at("id").get_to(network.id);
  in.at("name").get_to(network.name);
  in.at("bridge").get_to(network.bridge);
  network.subnet = subnet_of(in.at("subnet"));
  network.gateway = address_of(in.at("gateway"));
  if (in.contains("subnet6")) network.subnet6 = subnet_of(in.at("subnet6"));
  if (in.contains("gateway6")) network.gateway6 = address_of(in.at("gateway6"));
  in.at("internal").get_to(network.internal);
  in.at("automatic").get_to(network.automatic);
  in.at("labels").get_to(network.labels);
  in.at("created_unix_ns").get_to(network.created_unix_ns);
  if (!network.subnet.base.is_v4() || !network.subnet.contains(network.gateway))
    throw Error(Errc::corrupt, "its gateway is not in its range");
  return network;
}

}  // namespace

std::string network_to_json(const Network& network) {
  json out{{"version", format_version},      {"id", network.id},
           {"name", network.name},           {"bridge", network.bridge},
           {"subnet", network.subnet.str()}, {"gateway", network.gateway.str()},
           {"internal", network.internal},   {"automatic", network.automatic},
           {"labels", network.labels},       {"created_unix_ns", network.created_unix_ns}};
  if (network.subnet6) out["subnet6"] = network.subnet6->str();
  if (network.gateway6) out["gateway6"] = network.gateway6->str();
  return out.dump();
}

Network network_from_json(std::string_view text) {
  try {
    return parse(json::parse(text));
  } catch (const json::exception& error) {
    throw Error(Errc::corrupt, std::string("the network's record is damaged: ") + error.what());
  } catch (Error& error) {
    throw std::move(error).in("the network's record is damaged");
  }
}

std::optional<Network> load_network(const std::string& root, const std::string& name) {
  std::optional<std::string> text = sys::read_file_if_exists(sys::cwd(), path_of(root, name));
  if (!text) return std::nullopt;
  try {
    return network_from_json(*text);
  } catch (Error& error) {
    throw std::move(error).in(path_of(root, name));
  }
}

void save_network(const std::string& root, const Network& network) {
  sys::mkdirs(root + "/networks", 0700);
  sys::write_file_atomically(sys::cwd(), path_of(root, network.name), network_to_json(network), 0600);
}

void remove_network(const std::string& root, const std::string& name) {
  sys::unlinkat_if_exists(sys::cwd(), path_of(root, name));
}

void remove_unfinished(const std::string& root) {
  std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), root + "/networks", O_RDONLY | O_DIRECTORY);
  if (!dir) return;
  for (const std::string& file : sys::list_dir(*dir))
    if (file.find(".json.tmp-") != file.npos && !file.ends_with(suffix)) sys::unlinkat_if_exists(*dir, file);
}

std::vector<Network> list_networks(const std::string& root) {
  std::vector<Network> networks;
  std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), root + "/networks", O_RDONLY | O_DIRECTORY);
  if (!dir) return networks;
  for (const std::string& file : sys::list_dir(*dir)) {
    if (!file.ends_with(suffix)) continue;
    std::optional<Network> network = load_network(root, file.substr(0, file.size() - suffix.size()));
    if (network) networks.push_back(std::move(*network));
  }
  std::ranges::sort(networks, {}, &Network::name);
  return networks;
}

}  // namespace ccocker::runtime
