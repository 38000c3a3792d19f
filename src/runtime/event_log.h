#pragma once
// What happened, across all containers: STATE/events/log, one JSON line an event, and STATE/events/log.1, the part
// before it. Any number of processes append at once. A reboot ends it, as it ends what it tells of.
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "loop/fd.h"
#include "loop/task.h"

namespace ccocker::runtime {

struct Event {
  enum class Type { container, image, network, volume };
  Type type = Type::container;
  std::string action;    // Docker's: "start", "die", "exec_create: sh -c true", "pull"
  std::string actor_id;  // the object's ID
  std::map<std::string, std::string> attributes;
  int64_t time_ns = 0;  // since 1970; 0 is now
};

constexpr size_t event_log_bytes_max = 1u << 20;  // of one file; two are kept
constexpr size_t event_line_bytes_max = 64u << 10;

// Appends one line with one write(2). An event that cannot be written is lost, and nothing else: it must not fail what
// it tells of.
void record_event(const std::string& state, const Event& event) noexcept;

// Reads the log from its oldest line on, and follows it.
class EventReader {
 public:
  // Errc::system when the log's directory cannot be made or watched.
  explicit EventReader(std::string state);

  // What was appended since the last call; the first gives all that is kept. Lines cut by a crash are left out.
  std::vector<Event> read();
  // Gives back when there may be more to read.
  Task<void> changed();

 private:
  struct File {
    Fd fd;
    uint64_t inode = 0;
    std::string rest;  // of a line whose end is not written yet
  };

  void open_first();
  void follow_rotation();
  void append(Fd fd);
  static void drain(File& file, std::vector<Event>& events);

  std::string dir_;
  Fd notify_;
  std::deque<File> files_;  // the last is the one that grows; those before it may still get what a slow writer had begun
};

}  // namespace ccocker::runtime
