#include "loop/loop.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "loop/op.h"

namespace ccocker {
namespace {

constexpr size_t completions_per_turn_max = 128;
constexpr uint64_t cancel_request = 0;  // user_data of entries whose own completion nobody waits for

Loop* current_loop = nullptr;

[[noreturn]] void die(const char* text) {
  std::fprintf(stderr, "ccocker: internal error: %s\n", text);
  std::abort();
}

}  // namespace

Loop::Loop(std::unique_ptr<Ring> ring) : ring_(std::move(ring)) {
  if (current_loop) die("a second event loop on one thread");
  current_loop = this;
}

Loop::~Loop() { current_loop = nullptr; }

Loop& Loop::current() {
  if (!current_loop) die("no event loop is running");
  return *current_loop;
}

void Loop::start(Op& op) {
  op.entry_.user_data = reinterpret_cast<uint64_t>(&op);
  op.in_flight_ = true;
  ++in_flight_;
  ring_->push(op.entry_);
}

void Loop::ask_cancel(Op& op) {
  io_uring_sqe entry;
  std::memset(&entry, 0, sizeof entry);
  io_uring_prep_cancel64(&entry, reinterpret_cast<uint64_t>(&op), 0);
  entry.user_data = cancel_request;
  ring_->push(entry);
}

void Loop::drive(std::coroutine_handle<> until_done) {
  std::array<Completion, completions_per_turn_max> completions;
  while (!until_done.done()) {
    if (ready_.empty() && in_flight_ == 0) die("every task waits and no operation is in flight");
    size_t count = ring_->wait(completions, ready_.empty());
    for (size_t i = 0; i < count; ++i) dispatch(completions[i]);
    run_ready(until_done);
  }
}

void Loop::dispatch(const Completion& completion) {
  if (completion.user_data == cancel_request) return;
  Op& op = *reinterpret_cast<Op*>(completion.user_data);
  if (!(completion.flags & IORING_CQE_F_MORE)) {
    op.in_flight_ = false;
    --in_flight_;
  }
  op.complete(completion);
}

void Loop::run_ready(std::coroutine_handle<> until_done) {
  // Only what is ready now: what these post waits for the next turn, so that completions are never starved.
  for (size_t count = ready_.size(); count > 0 && !until_done.done(); --count) {
    std::coroutine_handle<> next = ready_.front();
    ready_.pop_front();
    next.resume();
  }
}

Op::~Op() {
  if (in_flight_) die("an operation was destroyed while the kernel still works on it");
}

bool Op::begin(std::coroutine_handle<> waiting, CancelScope* scope) {
  if (scope && scope->cancelled()) {
    result_ = -ECANCELED;
    return false;
  }
  waiting_ = waiting;
  if (scope) scope->add(*this);
  Loop::current().start(*this);
  return true;
}

void Op::on_cancel() {
  if (in_flight_) Loop::current().ask_cancel(*this);
}

void Op::complete(const Completion& completion) {
  unlink();
  result_ = completion.result;
  Loop::current().post(waiting_);
}

}  // namespace ccocker
