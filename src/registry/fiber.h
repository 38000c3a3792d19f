#pragma once
#include <cstddef>
#include <functional>
#include <memory>

namespace ccocker::registry {

// A function on a stack of its own that can stop in the middle and be resumed: it turns a library that pulls its input
// from a callback into one that is pushed. One thread; nothing runs unless `resume` is called.
class Fiber {
 public:
  static constexpr size_t stack_bytes = 256 * 1024;  // mmap'ed when touched, with a guard page below

  // `body` must give back soon after `suspend` has given false. It must not suspend inside a catch block: what is being
  // caught belongs to the thread, not to the stack.
  explicit Fiber(std::function<void()> body);
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber();  // an unfinished body is resumed until it ends, and what it throws is dropped

  // Runs the body until it suspends or ends. Throws what it threw. Nothing once it is done.
  void resume();
  bool done() const;

  // Called by the body: gives control back to `resume`'s caller. False: the fiber is abandoned, end now.
  [[nodiscard]] bool suspend();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ccocker::registry
