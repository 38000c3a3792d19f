#pragma once
#include "loop/fd.h"
#include "loop/task.h"

namespace ccocker::registry {

// Writes all that is dirty on the file system of `dir` to the disk. io_uring has no syncfs(2), which can take seconds,
// so a short-lived child process calls it while the loop goes on.
Task<void> sync_file_system(Fd dir);

}  // namespace ccocker::registry
