#pragma once
#include "loop/intrusive_list.h"

namespace ccocker {

// Something that waits inside a CancelScope and can be asked to stop. `on_cancel` only asks: what waits resumes when
// its operation has really ended.
class Cancellable : public ListNode {
 public:
  virtual void on_cancel() = 0;

 protected:
  ~Cancellable() = default;
};

// A region of work that is cancelled as one. Scopes nest: cancelling one cancels those inside. Every task inherits the
// scope of the task that awaits it. What starts to wait in a cancelled scope fails at once with Errc::cancelled.
class CancelScope final : public Cancellable {
 public:
  explicit CancelScope(CancelScope* parent = nullptr);
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;
  ~CancelScope() = default;

  void cancel();
  bool cancelled() const { return cancelled_; }
  void add(Cancellable& waiter) { waiters_.push_back(waiter); }
  void on_cancel() override { cancel(); }

 private:
  List<Cancellable> waiters_;
  bool cancelled_ = false;
};

}  // namespace ccocker
