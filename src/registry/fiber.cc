#include "registry/fiber.h"

#include <boost/context/fiber.hpp>
#include <boost/context/preallocated.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <exception>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define CCOCKER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CCOCKER_ASAN 1
#endif
#endif
#ifdef CCOCKER_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace ccocker::registry {
namespace context = boost::context;

// AddressSanitizer keeps a shadow of the stack it believes to be on, so it is told of each switch.
#ifdef CCOCKER_ASAN
struct SwitchNotes {
  void* fake_stack = nullptr;
  const void* bottom = nullptr;
  size_t bytes = 0;
  void leave(const SwitchNotes& to, bool for_good = false) {
    __sanitizer_start_switch_fiber(for_good ? nullptr : &fake_stack, to.bottom, to.bytes);
  }
  void arrive(SwitchNotes& from) { __sanitizer_finish_switch_fiber(fake_stack, &from.bottom, &from.bytes); }
  // The stack is gone: what is mapped at its place next is not poisoned by frames that never returned.
  void forget() { ASAN_UNPOISON_MEMORY_REGION(bottom, bytes); }
};
#else
struct SwitchNotes {
  const void* bottom = nullptr;
  size_t bytes = 0;
  void leave(const SwitchNotes&, bool = false) {}
  void arrive(SwitchNotes&) {}
  void forget() {}
};
#endif

struct Fiber::State {
  std::function<void()> body;
  context::fiber inside;   // valid while the body is suspended
  context::fiber outside;  // valid while the body runs
  SwitchNotes inside_notes, outside_notes;
  std::exception_ptr failure;
  bool done = false;
  bool abandoned = false;

  context::fiber run(context::fiber&& caller) {
    inside_notes.arrive(outside_notes);
    outside = std::move(caller);
    try {
      body();
    } catch (...) {
      failure = std::current_exception();
    }
    done = true;
    inside_notes.leave(outside_notes, true);
    return std::move(outside);
  }
};

Fiber::Fiber(std::function<void()> body) : state_(std::make_unique<State>()) {
  State* state = state_.get();
  state->body = std::move(body);
  context::protected_fixedsize_stack allocator(stack_bytes);
  context::stack_context stack = allocator.allocate();
  state->inside_notes.bottom = static_cast<const char*>(stack.sp) - stack.size;
  state->inside_notes.bytes = stack.size;
  state->inside = context::fiber(std::allocator_arg, context::preallocated(stack.sp, stack.size, stack), allocator,
                                 [state](context::fiber&& caller) { return state->run(std::move(caller)); });
}

Fiber::~Fiber() {
  state_->abandoned = true;
  while (!state_->done) {
    try {
      resume();
    } catch (...) {  // nobody is left to hear it
    }
  }
}

void Fiber::resume() {
  if (state_->done) return;
  state_->outside_notes.leave(state_->inside_notes);
  state_->inside = std::move(state_->inside).resume();
  state_->outside_notes.arrive(state_->inside_notes);
  if (state_->done) state_->inside_notes.forget();
  if (state_->failure) std::rethrow_exception(std::exchange(state_->failure, nullptr));
}

bool Fiber::done() const { return state_->done; }

bool Fiber::suspend() {
  if (state_->abandoned) return false;
  state_->inside_notes.leave(state_->outside_notes);
  state_->outside = std::move(state_->outside).resume();
  state_->inside_notes.arrive(state_->outside_notes);
  return !state_->abandoned;
}

}  // namespace ccocker::registry
