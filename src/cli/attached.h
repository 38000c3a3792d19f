#pragma once
// `attach` and `start -a`.
#include "cli/options.h"
#include "runtime/container.h"

namespace ccocker::cli {

constexpr const char* detach_keys_default = "ctrl-p,ctrl-q";

// Both give the container's exit code, or 0 when the detach keys were typed; standard input is joined with -i, or
// `input`. With `owns` the container ends when our terminal does, as one that runs in the foreground; of `shown` only
// the output streams count.
int start_attached(runtime::Containers& containers, const runtime::Container& container, const Flags& flags,
                   pid_t bind_pid, bool owns = false, const runtime::Stdio& shown = {});
int attach_running(runtime::Containers& containers, const runtime::Container& container, const Flags& flags,
                   bool input);

}  // namespace ccocker::cli
