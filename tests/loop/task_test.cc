#include "loop/task.h"

#include "catch.h"
#include "loop/io.h"
#include "loop/loop.h"
#include "loop/scope.h"
#include "loop/sync.h"
#include "loop/sys.h"

using namespace ccocker;
using namespace std::chrono_literals;

namespace {

Task<int> forty_two() { co_return 42; }

Task<int> sum_of(int rounds) {
  int sum = 0;
  for (int i = 0; i < rounds; ++i) {
    int value = co_await forty_two();
    sum += value == 42;
  }
  co_return sum;
}

Task<int> sum_through_ring(int rounds) {
  int sum = 0;
  for (int i = 0; i < rounds; ++i) {
    co_await io::nop();
    int value = co_await forty_two();
    sum += value == 42;
  }
  co_return sum;
}

Task<size_t> read_some(FdView fd, std::span<std::byte> buffer) {
  size_t count = co_await io::read(fd, buffer);
  co_return count;
}

}  // namespace

TEST_CASE("a task gives its value to the loop") {
  Loop loop;
  CHECK(loop.run(forty_two()) == 42);
}

TEST_CASE("a million awaits that never wait need no stack") {
  Loop loop;
  CHECK(loop.run(sum_of(1'000'000)) == 1'000'000);
}

TEST_CASE("a hundred thousand waits in the ring need no stack") {
  Loop loop;
  CHECK(loop.run(sum_through_ring(100'000)) == 100'000);
}

TEST_CASE("a read that times out ends with its completion and says timed out") {
  Loop loop;
  sys::Pipe pipe = sys::pipe();
  std::array<std::byte, 8> buffer{};
  try {
    loop.run(timeout(20ms, read_some(pipe.read_end, buffer)));
    FAIL("it should have timed out");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::timed_out);
  }
}

TEST_CASE("until gives the main task's value and cancels the background") {
  Loop loop;
  sys::Pipe pipe = sys::pipe();
  std::array<std::byte, 8> buffer{};
  bool ended = false;
  auto background = [](FdView fd, std::span<std::byte> out, bool& flag) -> Task<void> {
    try {
      co_await io::read(fd, out);
    } catch (...) {
      flag = true;
      throw;
    }
  };
  std::vector<Task<void>> tasks;
  tasks.push_back(background(pipe.read_end, buffer, ended));
  CHECK(loop.run(until(forty_two(), std::move(tasks))) == 42);
  CHECK(ended);
}

TEST_CASE("a semaphore lets no more in than it has permits") {
  Loop loop;
  Semaphore semaphore(2);
  int inside = 0, most = 0;
  auto worker = [](Semaphore& gate, int& now, int& peak) -> Task<void> {
    Semaphore::Permit permit = co_await gate.acquire();
    peak = std::max(peak, ++now);
    co_await io::sleep(1ms);
    --now;
  };
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 10; ++i) tasks.push_back(worker(semaphore, inside, most));
  loop.run(all(std::move(tasks)));
  CHECK(most == 2);
  CHECK(inside == 0);
}
