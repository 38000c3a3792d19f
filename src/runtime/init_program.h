#pragma once
#include "loop/fd.h"

namespace ccocker::runtime {

// A sealed memory file (memfd_create(2)) that holds ccocker-init, for execveat(2): what the process of a container has
// as /proc/self/exe from there on is this file and not the host's ccocker. Errc::system with the cure where the kernel
// executes no memory files.
Fd open_init_program();

}  // namespace ccocker::runtime
