#pragma once
#include <string>

#include "loop/io.h"
#include "runtime/cgroup/cgroup.h"

namespace ccocker::runtime {

// One sentence when a process died badly (a signal, the OOM killer with limit and peak); empty when it exited by
// itself. `whom` is what the process is called.
std::string post_mortem(const io::ExitStatus& ended, const OomReport& oom,
                        const char* whom = "the container's first process");

// 1536 MiB as "1.5 GiB".
std::string human_bytes(uint64_t bytes);

}  // namespace ccocker::runtime
