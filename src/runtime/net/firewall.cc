#include "runtime/net/firewall.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <nftables/libnftables.h>

#include <cerrno>
#include <memory>

#include "loop/dynamic_library.h"
#include "runtime/net/link.h"

namespace ccocker::runtime {
namespace {

constexpr const char* usual_root = "/var/lib/ccocker";
constexpr const char* no_nftables =
    "this kernel has no nftables (CONFIG_NF_TABLES), which networks need; use --network none or host";

struct NftablesApi {
  decltype(&::nft_ctx_new) ctx_new;
  decltype(&::nft_ctx_free) ctx_free;
  decltype(&::nft_ctx_buffer_output) buffer_output;
  decltype(&::nft_ctx_buffer_error) buffer_error;
  decltype(&::nft_ctx_get_error_buffer) get_error_buffer;
  decltype(&::nft_run_cmd_from_buffer) run_cmd_from_buffer;
};

const NftablesApi& nftables() {
  static const NftablesApi api = [] {
    DynamicLibrary library("libnftables.so.1", "libnftables1");
    NftablesApi bound{};
    bound.ctx_new = library.symbol<decltype(&::nft_ctx_new)>("nft_ctx_new");
    bound.ctx_free = library.symbol<decltype(&::nft_ctx_free)>("nft_ctx_free");
    bound.buffer_output = library.symbol<decltype(&::nft_ctx_buffer_output)>("nft_ctx_buffer_output");
    bound.buffer_error = library.symbol<decltype(&::nft_ctx_buffer_error)>("nft_ctx_buffer_error");
    bound.get_error_buffer = library.symbol<decltype(&::nft_ctx_get_error_buffer)>("nft_ctx_get_error_buffer");
    bound.run_cmd_from_buffer = library.symbol<decltype(&::nft_run_cmd_from_buffer)>("nft_run_cmd_from_buffer");
    return bound;
  }();
  return api;
}

std::string masquerade_rules(const Network& network) {
  std::string text =
      fmt::format("    ip saddr {} oifname != \"{}\" masquerade\n", network.subnet.str(), network.bridge);
  if (network.subnet6)
    text += fmt::format("    ip6 saddr {} oifname != \"{}\" masquerade\n", network.subnet6->str(), network.bridge);
  return text;
}

// A packet that only claims to come from a container would be taken for a connection of its own (and be given the
// host's address on its way out): what comes back then would be an answer, let in by the rules below.
std::string refuse_false_senders(const Network& network) {
  std::string text = fmt::format("    ip saddr {} iifname != \"{}\" drop\n", network.subnet.str(), network.bridge);
  if (network.subnet6)
    text += fmt::format("    ip6 saddr {} iifname != \"{}\" drop\n", network.subnet6->str(), network.bridge);
  return text;
}

std::string keep_closed(const char* family, const std::vector<unsigned>& links) {
  if (links.empty()) return {};
  return fmt::format("    meta nfproto {0} iif {{ {1} }} oif {{ {1} }} drop\n", family, fmt::join(links, ", "));
}

std::string forward_rules(const Network& network) {
  std::string text = fmt::format("    iifname \"{0}\" oifname \"{0}\" accept\n", network.bridge);
  if (network.internal) {
    return text + fmt::format("    iifname \"{0}\" drop\n    oifname \"{0}\" drop\n", network.bridge);
  }
  return text + fmt::format(
                    "    oifname \"{0}\" ct status dnat ct direction original accept\n"
                    "    oifname \"{0}\" ct direction reply accept\n"
                    "    oifname \"{0}\" ct state related accept\n"
                    "    oifname \"{0}\" drop\n",
                    network.bridge);
}

[[noreturn]] void refuse(std::string reason) {
  while (reason.ends_with('\n')) reason.pop_back();
  for (char& c : reason)
    if (c == '\n') c = ' ';
  throw Error(Errc::failed, "setting the firewall's rules failed: " + reason + "; is CAP_NET_ADMIN missing?");
}

}  // namespace

std::string mark_of(const std::string& root) {
  if (root == usual_root) return "ccocker";
  uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (unsigned char c : root) hash = (hash ^ c) * 1099511628211u;
  return fmt::format("ccocker-{:010x}", hash & 0xffffffffff);
}

std::string firewall_rules(const std::string& table, const std::vector<Network>& networks, const ClosedLinks& closed) {
  // Adding it first makes the deletion right whether it was there or not.
  std::string text = fmt::format("table inet {0}\ndelete table inet {0}\n", table);
  if (networks.empty()) return text;
  text += fmt::format("table inet {} {{\n", table);
  text += "  chain postrouting {\n    type nat hook postrouting priority srcnat; policy accept;\n";
  for (const Network& network : networks)
    if (!network.internal) text += masquerade_rules(network);
  text += "  }\n  chain forward {\n    type filter hook forward priority filter; policy accept;\n";
  for (const Network& network : networks) text += refuse_false_senders(network);
  for (const Network& network : networks) text += forward_rules(network);
  text += keep_closed("ipv4", closed.ipv4) + keep_closed("ipv6", closed.ipv6);
  return text + "  }\n}\n";
}

void set_firewall(const std::string& table, const std::vector<Network>& networks, const ClosedLinks& closed) {
  open_netfilter();  // where the kernel has none, libnftables ends the process
  const NftablesApi& api = nftables();
  std::unique_ptr<nft_ctx, decltype(api.ctx_free)> context(api.ctx_new(NFT_CTX_DEFAULT), api.ctx_free);
  if (!context) throw Error(Errc::unsupported, no_nftables);
  api.buffer_output(context.get());
  api.buffer_error(context.get());
  std::string rules = firewall_rules(table, networks, closed);
  if (api.run_cmd_from_buffer(context.get(), rules.c_str()) != 0) refuse(api.get_error_buffer(context.get()));
}

bool has_firewall(Netlink& netfilter, const std::string& table) {
  NetlinkMessage request = netfilter_message("looking for the firewall's table " + table, NFNL_SUBSYS_NFTABLES,
                                             NFT_MSG_GETTABLE, 0, NFPROTO_INET);
  request.put(NFTA_TABLE_NAME, table);
  bool found = false;
  try {
    netfilter.ask(std::move(request), [&](const nlmsghdr&) { found = true; });
  } catch (const Error& error) {
    if (error.errno_value() == EOPNOTSUPP || error.errno_value() == EINVAL) throw Error(Errc::unsupported, no_nftables);
    if (error.errno_value() != ENOENT) throw;
  }
  return found;
}

Netlink open_netfilter() {
  try {
    return Netlink(NETLINK_NETFILTER);
  } catch (const Error& error) {
    if (error.errno_value() == EPROTONOSUPPORT) throw Error(Errc::unsupported, no_nftables);
    throw;
  }
}

}  // namespace ccocker::runtime
