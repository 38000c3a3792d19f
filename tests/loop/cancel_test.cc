#include <array>
#include <random>

#include "catch.h"
#include "fake_ring.h"
#include "loop/io.h"
#include "loop/loop.h"
#include "loop/scope.h"
#include "loop/sync.h"

using namespace ccocker;
using namespace std::chrono_literals;

namespace {

constexpr uint64_t seeds = 500;
const FdView no_descriptor{1000};  // the fake ring never looks at it

// Tells on destruction whether the ring still held its bytes: the mistake that cancellation by destroying frames makes.
struct GuardedBuffer {
  explicit GuardedBuffer(FakeRing& fake) : ring(fake) {}
  GuardedBuffer(const GuardedBuffer&) = delete;
  ~GuardedBuffer() {
    if (ring.holds(bytes.data())) ++leaked;
  }
  FakeRing& ring;
  std::array<std::byte, 64> bytes{};
  static inline int leaked = 0;
};

Task<void> read_for_ever(FakeRing& ring, int& ends) {
  struct CountEnd {
    int& count;
    ~CountEnd() { ++count; }
  } at_end{ends};
  for (;;) {
    GuardedBuffer buffer(ring);
    try {
      co_await io::read(no_descriptor, buffer.bytes);
    } catch (const Error& error) {
      if (error.code() == Errc::cancelled) throw;
    }
  }
}

Task<void> fail_after(std::chrono::milliseconds delay) {
  try {
    co_await io::sleep(delay);
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;
  }
  throw Error(Errc::failed, "boom");
}

Task<void> tree(FakeRing& ring, int depth, int& starts, int& ends) {
  std::vector<Task<void>> children;
  for (int i = 0; i < 2; ++i) {
    if (depth == 0) {
      ++starts;
      children.push_back(read_for_ever(ring, ends));
    } else {
      children.push_back(tree(ring, depth - 1, starts, ends));
    }
  }
  co_await all(std::move(children));
}

Task<void> tree_beside_failure(FakeRing& ring, int& starts, int& ends) {
  std::vector<Task<void>> tasks;
  tasks.push_back(tree(ring, 3, starts, ends));
  tasks.push_back(fail_after(5ms));
  co_await all(std::move(tasks));
}

Task<void> clean_up(bool& cleaned) {
  try {
    co_await io::sleep(1ms);
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;  // a seeded fault is no cancellation
  }
  cleaned = true;
}

Task<void> work_then_clean(FakeRing& ring, int& ends, bool& cleaned) {
  std::exception_ptr failure;
  try {
    co_await read_for_ever(ring, ends);
  } catch (...) {
    failure = std::current_exception();
  }
  co_await shielded(clean_up(cleaned));
  std::rethrow_exception(failure);
}

Task<int> quick() {
  try {
    co_await io::sleep(1ms);
  } catch (const Error&) {
  }
  co_return 7;
}

}  // namespace

TEST_CASE("a failure cancels a whole tree, and every buffer outlives its operation") {
  GuardedBuffer::leaked = 0;
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    auto owned = std::make_unique<FakeRing>(seed);
    FakeRing& ring = *owned;
    Loop loop(std::move(owned));
    int starts = 0, ends = 0;
    try {
      loop.run(tree_beside_failure(ring, starts, ends));
      FAIL("the failure was lost");
    } catch (const Error& error) {
      CHECK(std::string(error.what()) == "boom");
    }
    CHECK(starts == 16);
    CHECK(ends == 16);
    CHECK(ring.in_flight() == 0);
  }
  CHECK(GuardedBuffer::leaked == 0);
}

TEST_CASE("shielded clean-up runs to its end inside a cancelled scope") {
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    auto owned = std::make_unique<FakeRing>(seed);
    FakeRing& ring = *owned;
    Loop loop(std::move(owned));
    int ends = 0;
    bool cleaned = false;
    CHECK_THROWS_AS(loop.run(timeout(3ms, work_then_clean(ring, ends, cleaned))), Error);
    CHECK(cleaned);
    CHECK(ring.in_flight() == 0);
  }
}

TEST_CASE("until ends its background whatever order completions come in") {
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    auto owned = std::make_unique<FakeRing>(seed);
    FakeRing& ring = *owned;
    Loop loop(std::move(owned));
    int ends = 0;
    std::vector<Task<void>> background;
    background.push_back(read_for_ever(ring, ends));
    background.push_back(read_for_ever(ring, ends));
    CHECK(loop.run(until(quick(), std::move(background))) == 7);
    CHECK(ends == 2);
    CHECK(ring.in_flight() == 0);
  }
}

TEST_CASE("what starts to wait in a cancelled scope fails at once and starts nothing") {
  auto owned = std::make_unique<FakeRing>(1);
  FakeRing& ring = *owned;
  Loop loop(std::move(owned));
  loop.cancel_all();
  int ends = 0;
  CHECK_THROWS_AS(loop.run(read_for_ever(ring, ends)), Error);
  CHECK(ring.started() == 0);
  CHECK(ends == 1);
}

namespace {

Task<void> wait_for(Event& event) { co_await event.wait(); }

Task<void> produce(Channel<int>& channel, int count) {
  for (int i = 0; i < count; ++i) co_await channel.push(i);
  channel.close();
}

Task<void> consume(Channel<int>& channel, std::vector<int>& out) {
  for (;;) {
    std::optional<int> item = co_await channel.pop();
    if (!item) co_return;
    out.push_back(*item);
    co_await io::yield();
  }
}

}  // namespace

TEST_CASE("a wait for an event is cancelled like any other") {
  Loop loop;
  Event event;
  try {
    loop.run(timeout(5ms, wait_for(event)));
    FAIL("it should have timed out");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::timed_out);
  }
}

TEST_CASE("a channel gives back every item in order through a bound of two") {
  Loop loop;
  Channel<int> channel(2);
  std::vector<int> out;
  std::vector<Task<void>> tasks;
  tasks.push_back(produce(channel, 1000));
  tasks.push_back(consume(channel, out));
  loop.run(all(std::move(tasks)));
  REQUIRE(out.size() == 1000);
  for (int i = 0; i < 1000; ++i) CHECK(out[static_cast<size_t>(i)] == i);
}
