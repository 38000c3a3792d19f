#include "runtime/event_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "catch.h"
#include "loop/loop.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/event_line.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::runtime;

namespace {

Event event(const std::string& action, std::map<std::string, std::string> attributes = {}) {
  Event out;
  out.action = action;
  out.actor_id = "0123456789ab";
  out.attributes = std::move(attributes);
  return out;
}

std::vector<std::string> actions(const std::vector<Event>& events) {
  std::vector<std::string> out;
  for (const Event& it : events) out.push_back(it.action);
  return out;
}

void append_raw(const std::string& state, std::string_view text) {
  sys::write_all(sys::openat(sys::cwd(), state + "/events/log", O_WRONLY | O_APPEND), text);
}

Task<void> record_later(std::string state) {
  co_await io::yield();
  record_event(state, event("later"));
}

Task<void> read_next(EventReader& reader, std::vector<Event>& out) {
  while (out.empty()) {
    co_await reader.changed();
    out = reader.read();
  }
}

}  // namespace

TEST_CASE("an event comes back as it was recorded, with a time of its own") {
  TemporaryDirectory dir;
  Event told = event("exec_create: sh -c \"x\"\n", {{"name", "a\\b\x01"}, {"image", "\xc3\xa9"}, {"bad", "x\xff"}});
  told.type = Event::Type::network;
  record_event(dir.path(), told);
  std::vector<Event> events = EventReader(dir.path()).read();
  REQUIRE(events.size() == 1);
  CHECK(events[0].type == Event::Type::network);
  CHECK(events[0].action == told.action);
  CHECK(events[0].actor_id == "0123456789ab");
  CHECK(events[0].attributes["name"] == "a\\b\x01");
  CHECK(events[0].attributes["image"] == "\xc3\xa9");
  CHECK(events[0].attributes["bad"] == "x\xef\xbf\xbd");
  CHECK(events[0].time_ns > 1'600'000'000'000'000'000);
}

TEST_CASE("a line that a crash cut is skipped and spoils no other") {
  TemporaryDirectory dir;
  record_event(dir.path(), event("one"));
  append_raw(dir.path(), "{\"time_ns\":5,\"type\":\"conta");
  EventReader reader(dir.path());
  CHECK(actions(reader.read()) == std::vector<std::string>{"one"});
  record_event(dir.path(), event("two"));
  CHECK(actions(reader.read()) == std::vector<std::string>{"two"});
  CHECK(actions(EventReader(dir.path()).read()) == std::vector<std::string>{"one", "two"});
}

TEST_CASE("the log is bounded, and a follower that keeps up misses nothing over its rotations") {
  TemporaryDirectory dir;
  EventReader reader(dir.path());
  const std::string filler(2000, 'x');
  unsigned seen = 0, wanted = 0;
  auto look = [&] {
    for (const Event& it : reader.read()) CHECK(it.action == std::to_string(seen++));
  };
  for (; wanted < 2500; ++wanted) {
    record_event(dir.path(), event(std::to_string(wanted), {{"filler", filler}}));
    if (wanted % 100 == 0) look();
  }
  look();
  CHECK(seen == wanted);
  size_t kept = 0;
  for (const char* name : {"log", "log.1"})
    kept += static_cast<size_t>(sys::fstatat(sys::cwd(), dir.path() + "/events/" + name).st_size);
  CHECK(kept <= 2 * (event_log_bytes_max + event_line_bytes_max));
  CHECK(kept >= event_log_bytes_max);
  CHECK(sys::list_dir(sys::open_dir(sys::cwd(), dir.path() + "/events")).size() == 2);
}

TEST_CASE("an event is never longer than a line may be") {
  Event huge = event(std::string(200'000, '"'), {{"a", std::string(100'000, 'x')}, {"b", "kept"}});
  std::string line = event_to_line(huge);
  CHECK(line.size() <= event_line_bytes_max);
  std::optional<Event> back = event_from_line(line);
  REQUIRE(back);
  CHECK(back->attributes == std::map<std::string, std::string>{{"b", "kept"}});
}

TEST_CASE("processes that append at once lose no event, also over rotations") {
  TemporaryDirectory dir;
  constexpr unsigned writers = 4, each = 400;
  EventReader reader(dir.path());
  const std::string filler(1000, 'y');  // 1.6 MB: it rotates once
  for (unsigned w = 0; w < writers; ++w) {
    if (::fork() == 0) {
      for (unsigned i = 0; i < each; ++i)
        record_event(dir.path(), event(fmt::format("{}-{}", w, i), {{"filler", filler}}));
      ::_exit(0);
    }
  }
  for (unsigned w = 0; w < writers; ++w) ::wait(nullptr);
  std::set<std::string> seen;
  for (const Event& it : reader.read()) seen.insert(it.action);
  CHECK(seen.size() == writers * each);
}

TEST_CASE("a follower wakes up for an event") {
  TemporaryDirectory dir;
  EventReader reader(dir.path());
  std::vector<Event> events;
  Loop loop;
  std::vector<Task<void>> both;
  both.push_back(read_next(reader, events));
  both.push_back(record_later(dir.path()));
  loop.run(all(std::move(both)));
  CHECK(actions(events) == std::vector<std::string>{"later"});
}

TEST_CASE("an event that cannot be written harms nothing") {
  record_event("/proc/nowhere", event("lost"));
  TemporaryDirectory dir;
  sys::write_all(sys::openat(sys::cwd(), dir.path() + "/events", O_WRONLY | O_CREAT, 0600), "a file");
  record_event(dir.path(), event("lost"));
}

TEST_CASE("what is no event is none") {
  for (const char* line : {"", "{", "[]", "{}", "null", R"({"type":"container"})",
                           R"({"time_ns":1,"type":"cat","action":"a","id":"b","attributes":{}})",
                           R"({"time_ns":"1","type":"image","action":"a","id":"b","attributes":{}})",
                           R"({"time_ns":1,"type":"image","action":"a","id":"b","attributes":{"x":1}})"}) {
    INFO(line);
    CHECK_FALSE(event_from_line(line));
  }
}
