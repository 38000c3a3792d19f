// What the event loop costs: one round trip through the ring, one switch between tasks.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <array>

#include "loop/io.h"
#include "loop/loop.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "loop/task.h"

namespace ccocker {
namespace {

Task<void> nops(int64_t count) {
  for (int64_t i = 0; i < count; ++i) co_await io::nop();
}

void ring_round_trip(benchmark::State& state) {
  Loop loop;
  constexpr int64_t batch = 256;
  for (auto _ : state) loop.run(nops(batch));
  state.SetItemsProcessed(state.iterations() * batch);
}
BENCHMARK(ring_round_trip);

// Thirty-two tasks that wait at once share the system calls.
void ring_round_trip_32_at_once(benchmark::State& state) {
  Loop loop;
  constexpr int64_t tasks = 32, batch = 32;
  for (auto _ : state) {
    std::vector<Task<void>> all_of_them;
    for (int64_t i = 0; i < tasks; ++i) all_of_them.push_back(nops(batch));
    loop.run(all(std::move(all_of_them)));
  }
  state.SetItemsProcessed(state.iterations() * tasks * batch);
}
BENCHMARK(ring_round_trip_32_at_once);

Task<void> yields(int64_t count) {
  for (int64_t i = 0; i < count; ++i) co_await io::yield();
}

void task_switch(benchmark::State& state) {
  Loop loop;
  constexpr int64_t batch = 1024;
  for (auto _ : state) {
    std::vector<Task<void>> pair;
    pair.push_back(yields(batch / 2));
    pair.push_back(yields(batch / 2));
    loop.run(all(std::move(pair)));
  }
  state.SetItemsProcessed(state.iterations() * batch);
}
BENCHMARK(task_switch);

Task<int> leaf(int value) { co_return value + 1; }

Task<int> calls(int64_t count) {
  int value = 0;
  for (int64_t i = 0; i < count; ++i) value = co_await leaf(value);
  co_return value;
}

// A call of a coroutine that ends without waiting: its frame is the cost.
void task_call(benchmark::State& state) {
  Loop loop;
  constexpr int64_t batch = 1024;
  for (auto _ : state) benchmark::DoNotOptimize(loop.run(calls(batch)));
  state.SetItemsProcessed(state.iterations() * batch);
}
BENCHMARK(task_call);

Task<void> ping_pong(FdView from, FdView to, int64_t count) {
  std::array<std::byte, 1> byte{};
  for (int64_t i = 0; i < count; ++i) {
    size_t sent = co_await io::write(to, byte);
    size_t received = co_await io::read(from, byte);
    benchmark::DoNotOptimize(sent + received);
  }
}

void pipe_write_and_read(benchmark::State& state) {
  int ends[2];
  if (pipe(ends) != 0) return state.SkipWithError("pipe");
  Fd reader(ends[0]), writer(ends[1]);
  Loop loop;
  constexpr int64_t batch = 64;
  for (auto _ : state) loop.run(ping_pong(reader, writer, batch));
  state.SetItemsProcessed(state.iterations() * batch * 2);
}
BENCHMARK(pipe_write_and_read);

void loop_creation(benchmark::State& state) {
  for (auto _ : state) {
    Loop loop;
    loop.run(nops(1));
  }
}
BENCHMARK(loop_creation)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace ccocker
