#include "fake_ring.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace ccocker {
namespace {

constexpr std::array<int, 4> faults = {EIO, ENOMEM, ECONNRESET, EAGAIN};
constexpr int delay_turns_max = 6;

bool waits_forever(const io_uring_sqe& entry) { return entry.opcode == IORING_OP_POLL_ADD; }

}  // namespace

void FakeRing::push(const io_uring_sqe& entry) {
  if (entry.opcode == IORING_OP_ASYNC_CANCEL) return cancel(entry.addr);
  ++started_;
  pending_.push_back({entry, false, static_cast<int>(random_() % delay_turns_max)});
}

void FakeRing::cancel(uint64_t target) {
  for (Pending& pending : pending_)
    if (pending.entry.user_data == target) pending.cancelled = true;
  done_.push_back({0, 0, 0});  // the cancel request's own completion
}

bool FakeRing::ready(const Pending& pending) const {
  return pending.polls_left <= 0 && (pending.cancelled || !waits_forever(pending.entry));
}

size_t FakeRing::wait(std::span<Completion> out, bool block) {
  for (Pending& pending : pending_) --pending.polls_left;
  auto any_ready = [&] { return std::ranges::any_of(pending_, [&](const Pending& p) { return ready(p); }); };
  while (block && done_.empty() && !any_ready()) {
    bool possible =
        std::ranges::any_of(pending_, [](const Pending& p) { return p.cancelled || !waits_forever(p.entry); });
    if (!possible) throw std::logic_error("the loop would wait for ever");
    for (Pending& pending : pending_) --pending.polls_left;
  }
  std::shuffle(pending_.begin(), pending_.end(), random_);
  for (size_t i = 0; i < pending_.size();) {
    if (!ready(pending_[i]) || (!chance(60) && !done_.empty())) {
      ++i;
      continue;
    }
    done_.push_back(finish(pending_[i]));
    pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
    ++completed_;
  }
  size_t count = std::min(out.size(), done_.size());
  for (size_t i = 0; i < count; ++i, done_.pop_front()) out[i] = done_.front();
  return count;
}

Completion FakeRing::finish(const Pending& pending) {
  const io_uring_sqe& entry = pending.entry;
  Completion completion{entry.user_data, 0, 0};
  if (pending.cancelled && (waits_forever(entry) || !chance(odds_.late_cancel_percent))) {
    completion.result = -ECANCELED;
  } else if (chance(odds_.fault_percent)) {
    completion.result = -faults[random_() % faults.size()];
  } else if (entry.opcode == IORING_OP_READ && entry.len > 0) {
    completion.result = static_cast<int>(1 + random_() % entry.len);
    std::memset(reinterpret_cast<void*>(entry.addr), 'x', static_cast<size_t>(completion.result));
  } else if (entry.opcode == IORING_OP_WRITE && entry.len > 0) {
    completion.result = static_cast<int>(1 + random_() % entry.len);
  } else if (entry.opcode == IORING_OP_TIMEOUT) {
    completion.result = -ETIME;
  }
  return completion;
}

bool FakeRing::holds(const void* buffer) const {
  return std::ranges::any_of(pending_, [&](const Pending& p) {
    return p.entry.opcode == IORING_OP_READ && reinterpret_cast<const void*>(p.entry.addr) == buffer;
  });
}

}  // namespace ccocker
