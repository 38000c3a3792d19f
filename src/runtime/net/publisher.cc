#include "runtime/net/publisher.h"

#include <chrono>
#include <utility>

#include "loop/io.h"
#include "loop/scope.h"
#include "runtime/net/firewall.h"
#include "runtime/net/forward_block.h"
#include "runtime/net/port_proxy.h"
#include "runtime/notice.h"

namespace ccocker::runtime {
namespace {

bool host_drops_forwarded() {
  Netlink netfilter = open_netfilter();
  return !forward_block(netfilter).empty();
}

}  // namespace

Publisher::Publisher(std::vector<PublishedPort> ports, std::string table)
    : published_(std::move(ports)), table_(std::move(table)) {}

Task<void> Publisher::open(std::optional<WayOut> way_out, FdView state_dir) {
  state_dir_ = state_dir;
  way_out_ = wanted_ = std::move(way_out);
  if (published_.empty()) co_return;
  if (way_out_) co_await bind();
  save_ports(state_dir_, bound_);
}

// The sockets of a supervisor that was killed are closed a moment after its process has gone, with its ring: a port in
// use is looked at again for as long.
Task<void> Publisher::bind() {
  constexpr std::chrono::milliseconds pause{10};
  for (int left = 30; bound_.empty(); --left) {
    try {
      bound_ = bind_ports(published_);
    } catch (const Error& error) {
      if (error.code() != Errc::conflict || left == 0) throw;
    }
    if (bound_.empty()) co_await io::sleep(pause);
  }
}

// Other machines are better served by the proxy than not at all: so they are where the host drops what is forwarded, or
// refuses our rules.
void Publisher::set_rules() {
  if (bound_.empty() || !way_out_) return;
  std::vector<PortMapping> mappings;
  for (const BoundPort& port : bound_) mappings.push_back(port.mapping);
  try {
    if (!host_drops_forwarded()) rules_.emplace(table_, mappings, way_out_->address, way_out_->address6);
  } catch (const Error& error) {
    refusal_ = error.text();
  }
}

Task<void> Publisher::wait_for_move() {
  while (!moves()) co_await asked_.wait();
}

void Publisher::withdraw_rules() {
  if (rules_) rules_->withdraw();
  rules_.reset();
}

// With no proxy at work.
void Publisher::settle() {
  withdraw_rules();
  way_out_ = wanted_;
  if (!way_out_) bound_.clear();
  set_rules();
  settled_.wake_all();
}

// Once it runs, so that who is attached from the start hears it, too.
void Publisher::tell_refusal() {
  std::string refusal = std::exchange(refusal_, {});
  if (refusal.empty()) return;
  notice("on published ports the container sees this host's address instead of other machines', for want of rules: " +
         refusal);
}

void Publisher::redirect_datagrams() {
  rules_->redirect_datagrams();
  for (const BoundPort& port : bound_)
    if (port.mapping.udp && !port.mapping.host.is_loopback()) discard_datagrams(port.socket);
}

Task<void> Publisher::serve_way_out() {
  if (rules_) redirect_datagrams();  // here it delays no start
  tell_refusal();
  std::vector<Task<void>> proxies;
  if (way_out_)
    for (const BoundPort& port : bound_)
      proxies.push_back(proxy_port(port, SocketAddress(way_out_->address, port.mapping.container_port)));
  Task<void> moving = wait_for_move();
  co_await until(std::move(moving), std::move(proxies));
}

Task<void> Publisher::serve() {
  try {
    for (;;) {
      co_await serve_way_out();
      settle();
    }
  } catch (...) {  // it has ended: who waits for a move need not
    closed_ = true;
    settled_.wake_all();
    throw;
  }
}

Task<void> Publisher::move(std::optional<WayOut> way_out) {
  if (closed_) wanted_ = way_out_ = way_out;  // nothing leads anywhere any more, but names are asked for still
  if (closed_) co_return;
  if (way_out && !published_.empty()) co_await bind();
  if (closed_) co_return bound_.clear();
  wanted_ = std::move(way_out);
  asked_.wake_all();
  while (moves()) co_await settled_.wait();
  if (!closed_ && !published_.empty()) tell_ports();
}

// They lead there already, whatever comes of this.
void Publisher::tell_ports() const {
  try {
    save_ports(state_dir_, bound_);
  } catch (const Error& error) {
    notice("what 'ccocker port' shows of published ports is not up to date: " + error.text());
  }
}

void Publisher::close() {
  closed_ = true;
  withdraw_rules();
  bound_.clear();
  settled_.wake_all();
}

}  // namespace ccocker::runtime
