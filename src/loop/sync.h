#pragma once
// What tasks on the one loop use to wait for one another. All of it is cancelled with the waiting task's scope.
#include <coroutine>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "loop/cancel.h"
#include "loop/error.h"
#include "loop/loop.h"
#include "loop/task.h"

namespace ccocker {

// A queue of suspended tasks.
class WaitList {
 public:
  class Wait final : public Cancellable {
   public:
    explicit Wait(WaitList& list) : list_(list) {}
    bool await_ready() const noexcept { return false; }
    template <typename Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
      return begin(handle, handle.promise().scope);
    }
    void await_resume() const {
      if (cancelled_) throw Error(Errc::cancelled, "cancelled");
    }
    void on_cancel() override;

   private:
    friend class WaitList;
    bool begin(std::coroutine_handle<> handle, CancelScope* scope);
    WaitList& list_;
    std::coroutine_handle<> handle_;
    bool cancelled_ = false;
    struct Link : ListNode {
      Wait* wait = nullptr;
    } link_;
  };

  Wait wait() { return Wait(*this); }  // until woken
  bool wake_one();                     // false when nobody waits
  void wake_all();
  bool empty() const { return waits_.empty(); }

 private:
  List<Wait::Link> waits_;
};

// Set once, stays set.
class Event {
 public:
  bool is_set() const { return set_; }
  void set();
  Task<void> wait();

 private:
  WaitList waits_;
  bool set_ = false;
};

// At most `permits` holders at a time; first come, first served.
class Semaphore {
 public:
  explicit Semaphore(size_t permits) : free_(permits) {}

  class Permit {
   public:
    Permit() = default;
    explicit Permit(Semaphore& semaphore) : semaphore_(&semaphore) {}
    Permit(Permit&& other) noexcept : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
    Permit& operator=(Permit&& other) noexcept {
      std::swap(semaphore_, other.semaphore_);
      return *this;
    }
    ~Permit() {
      if (semaphore_) semaphore_->release();
    }

   private:
    Semaphore* semaphore_ = nullptr;
  };
  Task<Permit> acquire();

 private:
  void release();
  WaitList waits_;
  size_t free_;
};

// A bounded queue between tasks. `push` waits while it is full, `pop` while it is empty; after `close`, pop gives
// nullopt once it is drained.
template <typename T>
class Channel {
 public:
  explicit Channel(size_t items_max) : items_max_(items_max) {}

  Task<void> push(T item) {
    while (items_.size() >= items_max_) co_await writers_.wait();
    items_.push_back(std::move(item));
    readers_.wake_one();
  }
  // For callers that cannot wait (callbacks): goes over the bound; `full` tells when to pause the source.
  void push_now(T item) {
    items_.push_back(std::move(item));
    readers_.wake_one();
  }
  bool full() const { return items_.size() >= items_max_; }
  Task<std::optional<T>> pop() {
    while (items_.empty() && !closed_) co_await readers_.wait();
    if (items_.empty()) co_return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    writers_.wake_one();
    co_return std::optional<T>(std::move(item));
  }
  void close() {
    closed_ = true;
    readers_.wake_all();
  }

 private:
  std::deque<T> items_;
  size_t items_max_;
  bool closed_ = false;
  WaitList readers_, writers_;
};

}  // namespace ccocker
