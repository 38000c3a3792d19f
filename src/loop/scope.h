#pragma once
// Structured concurrency: whoever starts tasks waits for them. None of these gives back while a child still runs.
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/task.h"

namespace ccocker {

// Tasks that run side by side inside one scope. The first exception cancels the others and is thrown by `join`;
// cancellation that follows from it is swallowed. `join` must have given back before the group is destroyed.
class TaskGroup {
 public:
  explicit TaskGroup(CancelScope* parent) : scope_(parent) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  void spawn(Task<void> task);  // starts it at once
  void cancel() { scope_.cancel(); }
  CancelScope& scope() { return scope_; }
  size_t running() const { return running_; }

  // Waits until every task has ended, then throws the first exception.
  class Join {
   public:
    explicit Join(TaskGroup& group) : group_(group) {}
    bool await_ready() const noexcept { return group_.running_ == 0; }
    void await_suspend(std::coroutine_handle<> handle) const { group_.joiner_ = handle; }
    void await_resume() const;

   private:
    TaskGroup& group_;
  };
  Join join() { return Join(*this); }

 private:
  struct Child;
  static Child supervise(TaskGroup& group, Task<void> task);
  void child_failed(std::exception_ptr exception);
  void child_ended();

  CancelScope scope_;
  size_t running_ = 0;
  std::coroutine_handle<> joiner_;
  std::exception_ptr first_failure_;
};

// The scope of the coroutine that awaits this: `CancelScope* scope = co_await current_scope();`
class current_scope {
 public:
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    scope_ = handle.promise().scope;
    return false;
  }
  CancelScope* await_resume() const noexcept { return scope_; }

 private:
  CancelScope* scope_ = nullptr;
};

// Runs all to their ends; the first failure cancels the rest and is thrown.
Task<void> all(std::vector<Task<void>> tasks);

namespace detail {
template <typename T>
Task<void> store_result(Task<T> task, std::optional<T>& out) {
  T value = co_await task;
  out.emplace(std::move(value));
}
template <typename T>
Task<void> main_then_cancel(Task<T> task, std::optional<T>& out, TaskGroup& group) {
  T value = co_await task;
  out.emplace(std::move(value));
  group.cancel();
}
Task<void> cancel_after(std::chrono::nanoseconds limit, bool& expired, TaskGroup& group);
void start_background(TaskGroup& group, std::vector<Task<void>> background);
Task<bool> then_true(Task<void> task);
}  // namespace detail

// Runs all to their ends and gives their values in order.
template <typename T>
Task<std::vector<T>> all(std::vector<Task<T>> tasks) {
  std::vector<std::optional<T>> slots(tasks.size());
  CancelScope* scope = co_await current_scope();
  TaskGroup group(scope);
  for (size_t i = 0; i < tasks.size(); ++i) group.spawn(detail::store_result(std::move(tasks[i]), slots[i]));
  co_await group.join();
  std::vector<T> values;
  for (std::optional<T>& slot : slots) values.push_back(std::move(*slot));
  co_return values;
}

// Runs `main` beside `background`. When main ends, the background is cancelled and waited for. A background task that
// throws cancels main, and its exception is thrown; one that just ends does not matter.
template <typename T>
Task<T> until(Task<T> main, std::vector<Task<void>> background) {
  std::optional<T> result;
  CancelScope* scope = co_await current_scope();
  TaskGroup group(scope);
  detail::start_background(group, std::move(background));
  group.spawn(detail::main_then_cancel(std::move(main), result, group));
  co_await group.join();
  if (!result) throw Error(Errc::cancelled, "cancelled");
  co_return std::move(*result);
}
Task<void> until(Task<void> main, std::vector<Task<void>> background);

// Runs all; when one ends, the others are cancelled and waited for.
Task<void> first_of(std::vector<Task<void>> tasks);

// Runs `task` for at most `limit`; past it the task is cancelled and Errc::timed_out is thrown when it has ended.
template <typename T>
Task<T> timeout(std::chrono::nanoseconds limit, Task<T> task) {
  std::optional<T> result;
  bool expired = false;
  CancelScope* scope = co_await current_scope();
  TaskGroup group(scope);
  group.spawn(detail::cancel_after(limit, expired, group));
  group.spawn(detail::main_then_cancel(std::move(task), result, group));
  co_await group.join();
  if (!result && expired) throw Error(Errc::timed_out, "timed out");
  if (!result) throw Error(Errc::cancelled, "cancelled");
  co_return std::move(*result);
}
Task<void> timeout(std::chrono::nanoseconds limit, Task<void> task);

// Runs `task` where the caller's cancellation does not reach it: for clean-up that has to wait.
template <typename T>
class Shielded {
 public:
  explicit Shielded(Task<T> task) : task_(std::move(task)) {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> parent) {
    task_.handle().promise().scope = &own_;
    return PromiseBase::start(task_.handle(), parent);
  }
  T await_resume() { return task_.handle().promise().take(); }

 private:
  CancelScope own_;
  Task<T> task_;
};
template <typename T>
Shielded<T> shielded(Task<T> task) {
  return Shielded<T>(std::move(task));
}

// True when this exception only says that something was asked to stop.
bool is_cancellation(const std::exception_ptr& exception);

}  // namespace ccocker
