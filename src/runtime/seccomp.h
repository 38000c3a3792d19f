#pragma once
#include <linux/filter.h>

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/spec.h"

namespace ccocker::runtime {

// The BPF program for seccomp(SECCOMP_SET_MODE_FILTER); empty when the container is unconfined. `capabilities` is the
// container's mask: some rules hold only with or without one. Compiled programs are kept in `cache_dir` (made when
// missing; one that cannot be written is not an error). Errc::invalid for a bad profile, with its path and what is
// wrong; Errc::not_found when a record of an older build names a file that is gone.
std::vector<sock_filter> seccomp_filter(const Seccomp& seccomp, uint64_t capabilities, const std::string& cache_dir);

// The same for a process of a container: a privileged one has no filter, unless a profile of the user's was asked for.
std::vector<sock_filter> process_filter(const Seccomp& seccomp, bool privileged, uint64_t capabilities,
                                        const std::string& cache_dir);

}  // namespace ccocker::runtime
