#include "loop/cancel.h"

namespace ccocker {

CancelScope::CancelScope(CancelScope* parent) {
  if (!parent) return;
  cancelled_ = parent->cancelled_;
  parent->add(*this);
}

void CancelScope::cancel() {
  if (std::exchange(cancelled_, true)) return;
  // on_cancel never resumes a coroutine, so the list changes only here.
  while (Cancellable* waiter = waiters_.pop_front()) waiter->on_cancel();
}

}  // namespace ccocker
