#include "loop/scope.h"

#include <cstdio>
#include <cstdlib>

#include "loop/loop.h"

namespace ccocker {

// The coroutine around each task of a group: it owns itself and frees its frame when the task has ended.
struct TaskGroup::Child {
  struct promise_type {
    CancelScope* scope = nullptr;
    Child get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::abort(); }  // supervise() lets none through
  };
  std::coroutine_handle<promise_type> handle;
};

TaskGroup::~TaskGroup() {
  if (running_ == 0) return;
  std::fprintf(stderr, "ccocker: internal error: a task group was destroyed before its tasks ended\n");
  std::abort();
}

void TaskGroup::spawn(Task<void> task) {
  ++running_;
  Child child = supervise(*this, std::move(task));
  child.handle.promise().scope = &scope_;
  child.handle.resume();
}

TaskGroup::Child TaskGroup::supervise(TaskGroup& group, Task<void> task) {
  try {
    co_await task;
  } catch (...) {
    group.child_failed(std::current_exception());
  }
  task = Task<void>();  // its frame goes before the group's owner goes on
  group.child_ended();
}

void TaskGroup::child_failed(std::exception_ptr exception) {
  // A cancelled child is no failure of its own when the whole group was asked to stop.
  if (scope_.cancelled() && is_cancellation(exception)) return;
  if (!first_failure_) first_failure_ = std::move(exception);
  scope_.cancel();
}

void TaskGroup::child_ended() {
  if (--running_ == 0 && joiner_) Loop::current().post(std::exchange(joiner_, {}));
}

void TaskGroup::Join::await_resume() const {
  if (group_.first_failure_) std::rethrow_exception(std::exchange(group_.first_failure_, nullptr));
}

bool is_cancellation(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return error.code() == Errc::cancelled;
  } catch (...) {
    return false;
  }
}

namespace {

void throw_if_cancelled(CancelScope* scope) {
  if (scope && scope->cancelled()) throw Error(Errc::cancelled, "cancelled");
}

}  // namespace

Task<void> all(std::vector<Task<void>> tasks) {
  CancelScope* scope = co_await current_scope();
  TaskGroup group(scope);
  for (Task<void>& task : tasks) group.spawn(std::move(task));
  co_await group.join();
  throw_if_cancelled(scope);
}

namespace detail {

Task<void> cancel_after(std::chrono::nanoseconds limit, bool& expired, TaskGroup& group) {
  co_await io::sleep(limit);
  expired = true;
  group.cancel();
}

void start_background(TaskGroup& group, std::vector<Task<void>> background) {
  for (Task<void>& task : background) group.spawn(std::move(task));
}

Task<bool> then_true(Task<void> task) {
  co_await task;
  co_return true;
}

static Task<void> then_cancel(Task<void> task, TaskGroup& group) {
  co_await task;
  group.cancel();
}

}  // namespace detail

Task<void> until(Task<void> main, std::vector<Task<void>> background) {
  Task<bool> body = until(detail::then_true(std::move(main)), std::move(background));
  co_await body;
}

Task<void> first_of(std::vector<Task<void>> tasks) {
  CancelScope* scope = co_await current_scope();
  TaskGroup group(scope);
  for (Task<void>& task : tasks) group.spawn(detail::then_cancel(std::move(task), group));
  co_await group.join();
  throw_if_cancelled(scope);
}

Task<void> timeout(std::chrono::nanoseconds limit, Task<void> task) {
  Task<bool> body = timeout(limit, detail::then_true(std::move(task)));
  co_await body;
}

}  // namespace ccocker
