#include "loop/ring.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>

#include "loop/error.h"
#include "loop/sys.h"

namespace ccocker {
namespace {

bool disabled_by_sysctl() {
  std::optional<std::string> value = sys::read_file_if_exists(sys::cwd(), "/proc/sys/kernel/io_uring_disabled");
  return value && !value->starts_with('0');
}

Error setup_error(int errnum) {
  Error error = Error::sys("io_uring_setup", {}, errnum);
  switch (errnum) {
    case ENOSYS:
      return Error(Errc::unsupported, error.text() + "; this kernel has no io_uring: use Linux 5.19 or newer");
    case EPERM:
      if (disabled_by_sysctl())
        return Error(Errc::unsupported,
                     error.text() + "; io_uring is switched off here: sysctl kernel.io_uring_disabled=0");
      return Error(Errc::unsupported,
                   error.text() +
                       "; a seccomp filter forbids io_uring (as the default profile of Docker and Podman does): run "
                       "ccocker outside that container, or start it with --security-opt seccomp=unconfined");
    case ENOMEM:
      return Error(Errc::unsupported,
                   error.text() + "; the ring does not fit RLIMIT_MEMLOCK: raise it (ulimit -l 8192)");
    default:
      return error;
  }
}

class KernelRing final : public Ring {
 public:
  explicit KernelRing(unsigned entries) {
    // The first set is the cheapest (6.1 and later): completions run only when this thread asks for them. Older kernels
    // answer EINVAL to flags that they do not know.
    constexpr std::array<unsigned, 3> flag_sets = {
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL,
        IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL, 0};
    int result = -EINVAL;
    for (unsigned flags : flag_sets) {
      io_uring_params parameters{};
      parameters.flags = flags | IORING_SETUP_CLAMP;
      result = io_uring_queue_init_params(entries, &ring_, &parameters);
      if (result != -EINVAL) break;
    }
    if (result < 0) throw setup_error(-result);
  }
  KernelRing(const KernelRing&) = delete;
  KernelRing& operator=(const KernelRing&) = delete;
  ~KernelRing() override { io_uring_queue_exit(&ring_); }

  void push(const io_uring_sqe& entry) override {
    io_uring_sqe* slot = io_uring_get_sqe(&ring_);
    while (!slot) {
      enter(0);
      slot = io_uring_get_sqe(&ring_);
    }
    *slot = entry;
  }

  size_t wait(std::span<Completion> out, bool block) override {
    if (block) {
      enter(1);
    } else if (io_uring_sq_ready(&ring_) > 0) {
      enter(0);
    } else {
      int result = io_uring_get_events(&ring_);
      if (result < 0 && result != -EINTR && result != -EBUSY) throw Error::sys("io_uring_enter", {}, -result);
    }
    return reap(out);
  }

 private:
  void enter(unsigned wanted) {
    int result = wanted ? io_uring_submit_and_wait(&ring_, wanted) : io_uring_submit_and_get_events(&ring_);
    // EINTR: a signal ended the wait. EBUSY and EAGAIN: completions have to be taken before more is submitted.
    if (result < 0 && result != -EINTR && result != -EBUSY && result != -EAGAIN)
      throw Error::sys("io_uring_enter", {}, -result);
  }

  size_t reap(std::span<Completion> out) {
    size_t count = 0;
    unsigned head = 0;
    io_uring_cqe* entry = nullptr;
    io_uring_for_each_cqe(&ring_, head, entry) {
      if (count == out.size()) break;
      out[count++] = {entry->user_data, entry->res, entry->flags};
    }
    io_uring_cq_advance(&ring_, static_cast<unsigned>(count));
    return count;
  }

  io_uring ring_{};
};

}  // namespace

std::unique_ptr<Ring> open_kernel_ring(unsigned entries) { return std::make_unique<KernelRing>(entries); }

}  // namespace ccocker
