#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "loop/ring.h"

namespace ccocker {

// A ring without a kernel: operations end in an order, and with results, that a seed decides. Reads and writes move no
// more than asked and are sometimes short; anything may fail with a fault; a cancel may find its target, or come too
// late. `wait` with `block` fails the test when nothing can ever complete.
class FakeRing final : public Ring {
 public:
  struct Odds {
    unsigned fault_percent = 10;        // an operation ends with one of `faults`
    unsigned late_cancel_percent = 30;  // a cancelled operation ends as if the cancel had not come
  };

  explicit FakeRing(uint64_t seed) : FakeRing(seed, Odds{}) {}
  FakeRing(uint64_t seed, Odds odds) : random_(seed), odds_(odds) {}

  void push(const io_uring_sqe& entry) override;
  size_t wait(std::span<Completion> out, bool block) override;

  size_t started() const { return started_; }
  size_t completed() const { return completed_; }
  size_t in_flight() const { return pending_.size(); }
  // Memory that the kernel may still write to: the buffers of reads in flight.
  bool holds(const void* buffer) const;

 private:
  struct Pending {
    io_uring_sqe entry;
    bool cancelled = false;
    int polls_left = 0;  // turns before it may complete
  };

  bool chance(unsigned percent) { return random_() % 100 < percent; }
  bool ready(const Pending& pending) const;
  Completion finish(const Pending& pending);
  void cancel(uint64_t target);

  std::mt19937_64 random_;
  Odds odds_;
  std::vector<Pending> pending_;
  std::deque<Completion> done_;
  size_t started_ = 0, completed_ = 0;
};

}  // namespace ccocker
