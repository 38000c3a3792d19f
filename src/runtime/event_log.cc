#include "runtime/event_log.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop/clock.h"
#include "loop/io.h"
#include "loop/sys.h"
#include "runtime/event_line.h"

namespace ccocker::runtime {
namespace {

constexpr const char* log_name = "log";
constexpr const char* old_log_name = "log.1";

std::string events_dir(const std::string& state) { return state + "/events"; }

Fd open_for_append(const std::string& dir) {
  std::string path = dir + "/" + log_name;
  constexpr int flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
  int fd = sys::retry([&] { return ::open(path.c_str(), flags, 0600); });
  if (fd >= 0 || errno != ENOENT) return Fd(fd);
  sys::mkdirs(dir, 0700);
  return Fd(sys::retry([&] { return ::open(path.c_str(), flags, 0600); }));
}

bool is_current(const std::string& dir, const struct stat& file) {
  struct stat named {};
  return ::stat((dir + "/" + log_name).c_str(), &named) == 0 && named.st_ino == file.st_ino;
}

// One of those who find the log too long moves it away; the others write on to whichever file they have open.
void rotate(const std::string& dir, const Fd& log, const struct stat& status) {
  if (!sys::try_lock(log) || !is_current(dir, status)) return;
  sys::renameat(sys::cwd(), dir + "/" + log_name, sys::cwd(), dir + "/" + old_log_name);
}

// Where a crash or a full disk cut the last line, the next one begins a new one.
bool ends_inside_line(const Fd& log, const struct stat& status) {
  char last = '\n';
  return status.st_size > 0 && ::pread(log.get(), &last, 1, status.st_size - 1) == 1 && last != '\n';
}

void append_line(const std::string& dir, std::string line) {
  Fd log = open_for_append(dir);
  struct stat status {};
  if (!log || ::fstat(log.get(), &status) < 0) return;
  if (static_cast<size_t>(status.st_size) >= event_log_bytes_max) {
    rotate(dir, log, status);
    log = open_for_append(dir);
    if (!log || ::fstat(log.get(), &status) < 0) return;
  }
  if (ends_inside_line(log, status)) line.insert(line.begin(), '\n');
  line += '\n';
  static_cast<void>(sys::retry([&] { return ::write(log.get(), line.data(), line.size()); }));
}

Fd watch_dir(const std::string& dir) {
  Fd notify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!notify) {
    throw Error::sys("inotify_init1")
        .advise("end some program that watches files, or raise fs.inotify.max_user_instances with sysctl");
  }
  if (::inotify_add_watch(notify.get(), dir.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
    throw Error::sys("inotify_add_watch", dir);
  return notify;
}

void add_line(std::string_view line, std::vector<Event>& events) {
  if (line.empty()) return;
  if (std::optional<Event> event = event_from_line(line)) events.push_back(std::move(*event));
}

}  // namespace

void record_event(const std::string& state, const Event& event) noexcept {
  try {
    Event stamped = event;
    if (stamped.time_ns == 0) stamped.time_ns = now_unix_ns();
    append_line(events_dir(state), event_to_line(stamped));
  } catch (const std::exception&) {
    // No room, no memory, no permission: the event is lost.
  }
}

EventReader::EventReader(std::string state) : dir_(events_dir(state)) {
  sys::mkdirs(dir_, 0700);
  notify_ = watch_dir(dir_);
  open_first();
}

void EventReader::append(Fd fd) {
  uint64_t inode = sys::fstat(fd).st_ino;
  files_.push_back({std::move(fd), inode, {}});
}

// The old part must be the one before the new: a rotation between the two opens would leave one out.
void EventReader::open_first() {
  for (;;) {
    std::optional<Fd> log = sys::open_if_exists(sys::cwd(), dir_ + "/" + log_name, O_RDONLY);
    std::optional<Fd> old = sys::open_if_exists(sys::cwd(), dir_ + "/" + old_log_name, O_RDONLY);
    if (log && old && sys::fstat(*log).st_ino == sys::fstat(*old).st_ino) continue;
    if (old) append(std::move(*old));
    if (log) append(std::move(*log));
    return;
  }
}

void EventReader::follow_rotation() {
  std::deque<File> mine;
  mine.swap(files_);
  open_first();
  for (File& file : files_)
    for (File& known : mine)
      if (file.inode == known.inode) file = std::move(known);
  // A file of ours that was rotated out of both names still holds what was not read.
  for (auto known = mine.rbegin(); known != mine.rend(); ++known)
    if (known->fd) files_.push_front(std::move(*known));
}

void EventReader::drain(File& file, std::vector<Event>& events) {
  file.rest += sys::read_all(file.fd);
  size_t begin = 0;
  for (size_t end = file.rest.find('\n'); end != std::string::npos; end = file.rest.find('\n', begin)) {
    add_line(std::string_view(file.rest).substr(begin, end - begin), events);
    begin = end + 1;
  }
  file.rest.erase(0, begin);
}

std::vector<Event> EventReader::read() {
  follow_rotation();
  std::vector<Event> events;
  for (File& file : files_) drain(file, events);
  while (files_.size() > 2) files_.pop_front();
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.time_ns < b.time_ns; });
  return events;
}

Task<void> EventReader::changed() {
  co_await io::poll(notify_, POLLIN);
  std::array<char, 4096> notes;
  while (::read(notify_.get(), notes.data(), notes.size()) > 0) {
  }
}

}  // namespace ccocker::runtime
