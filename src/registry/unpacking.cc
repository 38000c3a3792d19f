#include "registry/unpacking.h"

#include <sched.h>

#include "loop/error.h"

namespace ccocker::registry {
namespace {

// Below, two forks would be much of the work. Chosen, not measured.
constexpr uint64_t apart_bytes_min = 512u << 10;

bool has_second_cpu() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  // EINVAL: more than 1024 CPUs.
  return ::sched_getaffinity(0, sizeof allowed, &allowed) < 0 || CPU_COUNT(&allowed) > 1;
}

}  // namespace

std::unique_ptr<Unpacking> start_unpacking(FdView staging, uint64_t blob_bytes) {
  if (blob_bytes < apart_bytes_min || !has_second_cpu()) return unpack_here(staging);
  try {
    return unpack_apart(staging);
  } catch (const Error& error) {
    if (error.errno_value() != EAGAIN && error.errno_value() != ENOMEM) throw;
    return unpack_here(staging);  // no room for more processes
  }
}

}  // namespace ccocker::registry
