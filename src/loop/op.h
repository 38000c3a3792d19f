#pragma once
#include <liburing.h>

#include <coroutine>
#include <cstdint>

#include "loop/cancel.h"
#include "loop/ring.h"

namespace ccocker {

// One operation in the ring. It lives in the frame of the coroutine that awaits it, so its buffers must outlive only
// that co_await; the coroutine resumes when the kernel has let go of them, cancelled or not. Destroying an Op that is
// in flight aborts the program: the kernel would write into a dead frame.
class Op : public Cancellable {
 public:
  Op() { io_uring_prep_nop(&entry_); }
  Op(const Op&) = delete;
  Op& operator=(const Op&) = delete;
  virtual ~Op();

  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  bool await_suspend(std::coroutine_handle<Promise> waiting) {
    return begin(waiting, waiting.promise().scope);
  }
  void on_cancel() override;

 protected:
  friend class Loop;
  // False: the scope is cancelled already, the result is -ECANCELED and nothing was started.
  bool begin(std::coroutine_handle<> waiting, CancelScope* scope);
  virtual void complete(const Completion& completion);

  io_uring_sqe entry_{};
  int result_ = 0;  // as in Completion
  bool in_flight_ = false;

 private:
  std::coroutine_handle<> waiting_;
};

}  // namespace ccocker
