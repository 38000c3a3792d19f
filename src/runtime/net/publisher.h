#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loop/fd.h"
#include "loop/sync.h"
#include "loop/task.h"
#include "runtime/net/port_table.h"
#include "runtime/net/published.h"
#include "runtime/net/way_out.h"

namespace ccocker::runtime {

// A container's published ports: bound on the host, and led to its way out by proxies and rules, as long as it has one.
class Publisher {
 public:
  // `table`: the name of its rules.
  Publisher(std::vector<PublishedPort> ports, std::string table);
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Before the start: binds the ports and says in `state_dir` which; that one outlives this. Nothing without a way out.
  Task<void> open(std::optional<WayOut> way_out, FdView state_dir);
  void set_rules();    // once the way out is there
  Task<void> serve();  // the proxies, until it is cancelled
  // Leads them elsewhere, or nowhere, and gives back when nothing leads to where they led before. Errc::conflict when a
  // port that was not bound is in use: then all stays as it was.
  Task<void> move(std::optional<WayOut> way_out);
  // The container has a way out: false while the last one is just being left, or the next not yet taken.
  bool leads_out() const { return way_out_ && wanted_; }
  void close();

 private:
  bool moves() const { return !closed_ && wanted_ != way_out_; }
  Task<void> bind();
  Task<void> wait_for_move();
  Task<void> serve_way_out();
  void withdraw_rules();
  void redirect_datagrams();
  void settle();
  void tell_ports() const;
  void tell_refusal();

  std::vector<PublishedPort> published_;
  std::string table_;
  FdView state_dir_;
  std::optional<WayOut> way_out_, wanted_;
  std::vector<BoundPort> bound_;
  std::optional<PortTable> rules_;
  std::string refusal_;  // why there are none, to be said
  WaitList asked_, settled_;
  bool closed_ = false;
};

}  // namespace ccocker::runtime
