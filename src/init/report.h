#pragma once
#include "runtime/child_plan.h"
#include "runtime/init_order.h"

namespace ccocker::init {

[[noreturn]] void leave(int code);
// Reports the failure on order.socket, as the child of a start does, and ends.
[[noreturn]] void fail(const Order& order, runtime::Step step, long negative_errno);
[[noreturn]] void fail_exec(const Order& order, long negative_errno, unsigned program, const char* head,
                            unsigned long head_bytes);

}  // namespace ccocker::init
