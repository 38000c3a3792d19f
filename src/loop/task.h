#pragma once
#include <coroutine>
#include <cstdlib>
#include <exception>
#include <optional>
#include <utility>
#include <variant>

#include "loop/cancel.h"

namespace ccocker {

// What every coroutine of this project carries: who waits for it, and the scope its operations are cancelled with.
class PromiseBase {
 public:
  CancelScope* scope = nullptr;  // inherited from the awaiting task; null is never cancelled

  std::suspend_always initial_suspend() noexcept { return {}; }

  struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <typename Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
      PromiseBase& promise = self.promise();
      // A task that ends before its first real wait returns into `start`, which goes on without suspending: a loop
      // of such awaits needs no stack, even in builds where symmetric transfer is not a tail call.
      if (promise.starting_) {
        promise.ended_early_ = true;
        return std::noop_coroutine();
      }
      return promise.continuation_;
    }
    void await_resume() noexcept {}
  };
  FinalAwaiter final_suspend() noexcept { return {}; }

  // Runs `self` until it ends or waits. True: it waits, and `continuation` is resumed when it has ended.
  template <typename Promise>
  static bool start(std::coroutine_handle<Promise> self, std::coroutine_handle<> continuation) {
    PromiseBase& promise = self.promise();
    promise.continuation_ = continuation;
    promise.starting_ = true;
    self.resume();
    if (promise.ended_early_) return false;
    promise.starting_ = false;
    return true;
  }

 private:
  std::coroutine_handle<> continuation_;
  bool starting_ = false;
  bool ended_early_ = false;
};

template <typename T>
class Task;

template <typename T>
class TaskPromise : public PromiseBase {
 public:
  Task<T> get_return_object() noexcept;
  template <typename U>
  void return_value(U&& value) {
    result_.template emplace<1>(std::forward<U>(value));
  }
  void unhandled_exception() noexcept { result_.template emplace<2>(std::current_exception()); }
  T take() {
    if (result_.index() == 2) std::rethrow_exception(std::get<2>(std::move(result_)));
    return std::get<1>(std::move(result_));
  }

 private:
  std::variant<std::monostate, T, std::exception_ptr> result_;
};

template <>
class TaskPromise<void> : public PromiseBase {
 public:
  Task<void> get_return_object() noexcept;
  void return_void() noexcept {}
  void unhandled_exception() noexcept { exception_ = std::current_exception(); }
  void take() {
    if (exception_) std::rethrow_exception(std::move(exception_));
  }

 private:
  std::exception_ptr exception_;
};

// A coroutine that starts when it is awaited and is owned by whoever holds the Task. Awaiting gives its value or
// throws what it threw. Not awaited, it never runs.
template <typename T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = TaskPromise<T>;
  using value_type = T;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) noexcept : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  explicit operator bool() const { return static_cast<bool>(handle_); }
  Handle handle() const { return handle_; }

  struct Awaiter {
    Handle handle;
    bool await_ready() const noexcept { return false; }
    template <typename Promise>
    bool await_suspend(std::coroutine_handle<Promise> parent) {
      handle.promise().scope = parent.promise().scope;
      return PromiseBase::start(handle, parent);
    }
    T await_resume() { return handle.promise().take(); }
  };
  Awaiter operator co_await() const& noexcept { return Awaiter{handle_}; }

 private:
  Handle handle_;
};

template <typename T>
Task<T> TaskPromise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}
inline Task<void> TaskPromise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

}  // namespace ccocker
