#pragma once
#include <liburing.h>

#include <cstdint>
#include <memory>
#include <span>

namespace ccocker {

// One end of an operation, as in struct io_uring_cqe.
struct Completion {
  uint64_t user_data;
  int32_t result;  // what the system call would give; -errno on failure
  uint32_t flags;  // IORING_CQE_F_*
};

// The seam below the loop: a queue that takes submission entries and gives completions. The kernel's is behind
// open_kernel_ring; tests/loop/fake_ring.h has one with seeded order and faults.
class Ring {
 public:
  virtual ~Ring() = default;
  // Queues one entry; the kernel sees it at the next `wait` at the latest.
  virtual void push(const io_uring_sqe& entry) = 0;
  // Submits what is queued and takes up to out.size() completions; with `block`, waits for at least one.
  virtual size_t wait(std::span<Completion> out, bool block) = 0;
};

// A ring of this thread alone with `entries` submission slots (a power of two). Where io_uring is missing or forbidden
// the Error (Errc::unsupported) names the reason and the cure.
std::unique_ptr<Ring> open_kernel_ring(unsigned entries);

}  // namespace ccocker
