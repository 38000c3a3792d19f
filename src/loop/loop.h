#pragma once
#include <coroutine>
#include <cstdint>
#include <deque>
#include <memory>

#include "loop/ring.h"
#include "loop/task.h"

namespace ccocker {

class Op;

// The one event loop of the one thread: takes completions from the ring and resumes the coroutines they belong to.
class Loop {
 public:
  static constexpr unsigned ring_entries = 64;  // submission slots; completions may be more

  Loop() : Loop(open_kernel_ring(ring_entries)) {}
  explicit Loop(std::unique_ptr<Ring> ring);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  // The loop that is alive on this thread. There is exactly one at a time.
  static Loop& current();

  // Runs `task` and all it waits for to the end; gives its value or throws what it threw.
  template <typename T>
  T run(Task<T> task) {
    if (task.handle().promise().scope == nullptr) task.handle().promise().scope = &root_;
    if (PromiseBase::start(task.handle(), std::noop_coroutine())) drive(task.handle());
    return task.handle().promise().take();
  }

  // Asks all that runs to stop; tasks end with Errc::cancelled unless shielded.
  void cancel_all() { root_.cancel(); }

  void start(Op& op);       // hands the operation's entry to the ring
  void ask_cancel(Op& op);  // IORING_OP_ASYNC_CANCEL; the operation ends with its own completion
  // Resumes `handle` at the next turn, never within this call.
  void post(std::coroutine_handle<> handle) { ready_.push_back(handle); }

 private:
  void drive(std::coroutine_handle<> until_done);
  void dispatch(const Completion& completion);
  void run_ready(std::coroutine_handle<> until_done);

  std::unique_ptr<Ring> ring_;
  std::deque<std::coroutine_handle<>> ready_;
  CancelScope root_;
  uint64_t in_flight_ = 0;
};

}  // namespace ccocker
