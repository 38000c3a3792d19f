#include "loop/sync.h"

namespace ccocker {

bool WaitList::Wait::begin(std::coroutine_handle<> handle, CancelScope* scope) {
  if (scope && scope->cancelled()) {
    cancelled_ = true;
    return false;
  }
  handle_ = handle;
  link_.wait = this;
  list_.waits_.push_back(link_);
  if (scope) scope->add(*this);
  return true;
}

void WaitList::Wait::on_cancel() {
  if (!link_.linked()) return;  // woken already; it resumes at the next turn
  link_.unlink();
  cancelled_ = true;
  Loop::current().post(handle_);
}

bool WaitList::wake_one() {
  Wait::Link* link = waits_.pop_front();
  if (!link) return false;
  link->wait->unlink();
  Loop::current().post(link->wait->handle_);
  return true;
}

void WaitList::wake_all() {
  while (wake_one()) {
  }
}

void Event::set() {
  set_ = true;
  waits_.wake_all();
}

Task<void> Event::wait() {
  if (!set_) co_await waits_.wait();
}

Task<Semaphore::Permit> Semaphore::acquire() {
  while (free_ == 0) co_await waits_.wait();
  --free_;
  co_return Permit(*this);
}

void Semaphore::release() {
  ++free_;
  waits_.wake_one();
}

}  // namespace ccocker
