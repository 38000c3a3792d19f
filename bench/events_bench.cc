// What an event costs the command that tells of it, and what a sample of `stats` costs.
#include <benchmark/benchmark.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "loop/sys.h"
#include "runtime/event_log.h"
#include "runtime/process_table.h"

namespace ccocker::runtime {
namespace {

// Appends to a log of its own below /run, where --state is; it rotates on the way as any other.
void record_an_event(benchmark::State& state) {
  std::string dir = "/run/ccocker-bench-XXXXXX";
  if (!::mkdtemp(dir.data())) state.SkipWithError("cannot make a directory in /run");
  Event event;
  event.action = "start";
  event.actor_id = std::string(64, 'a');
  event.attributes = {{"image", "docker.io/library/alpine:3.20"}, {"name", "quiet_noether"}, {"app", "shop"}};
  for (auto _ : state) record_event(dir, event);
  sys::remove_tree(sys::cwd(), dir);
}
BENCHMARK(record_an_event);

void read_a_process(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(process_info(::getpid()));
}
BENCHMARK(read_a_process);

}  // namespace
}  // namespace ccocker::runtime
