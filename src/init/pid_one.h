#pragma once
#include "runtime/init_order.h"

namespace ccocker::init {

// `--init`: forks; the caller goes on as the new process, while the old one stays behind as PID 1, hands signals on,
// reaps what the kernel gives it and exits as the program does.
void stay_as_init(const Order& order);

}  // namespace ccocker::init
