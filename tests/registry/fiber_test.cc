#include "registry/fiber.h"

#include <stdexcept>
#include <string>

#include "catch.h"

using ccocker::registry::Fiber;

TEST_CASE("a fiber stops in the middle and goes on where it was") {
  std::string log;
  Fiber* self = nullptr;
  Fiber fiber([&] {
    for (int i = 0; i < 3; ++i) {
      log += std::to_string(i);
      if (!self->suspend()) return;
    }
  });
  self = &fiber;
  while (!fiber.done()) {
    fiber.resume();
    log += '.';
  }
  CHECK(log == "0.1.2..");
}

TEST_CASE("what a fiber throws comes out of resume, and the fiber is done") {
  Fiber fiber([] { throw std::runtime_error("inside"); });
  CHECK_THROWS_WITH(fiber.resume(), "inside");
  CHECK(fiber.done());
  fiber.resume();
}

TEST_CASE("an abandoned fiber runs to its end, its destructors too") {
  bool destroyed = false;
  struct Note {
    bool& flag;
    ~Note() { flag = true; }
  };
  {
    Fiber* self = nullptr;
    Fiber fiber([&] {
      Note note{destroyed};
      while (self->suspend()) {
      }
    });
    self = &fiber;
    fiber.resume();
    CHECK_FALSE(destroyed);
  }
  CHECK(destroyed);
}
