#include "runtime/spec.h"

#include "runtime/capabilities.h"

namespace ccocker::runtime {

Spec default_spec() {
  Spec spec;
  spec.process.capabilities = docker_default_capabilities();
  spec.masked_paths = {"/proc/acpi",       "/proc/asound",        "/proc/interrupts",  "/proc/kcore",
                       "/proc/keys",       "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
                       "/proc/timer_list", "/proc/timer_stats",   "/sys/firmware",     "/sys/devices/virtual/powercap"};
  spec.readonly_paths = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
  return spec;
}

}  // namespace ccocker::runtime
