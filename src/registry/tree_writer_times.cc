#include "registry/tree_writer_times.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "loop/error.h"
#include "loop/sys.h"

namespace ccocker::registry {
namespace {

struct RecordHead {
  int64_t seconds;
  uint32_t nanoseconds;
  uint32_t path_bytes;
};

// Visits the whole records in `bytes` and gives how many bytes they are.
size_t visit_records(std::string_view bytes, const std::function<void(const std::string&, timespec)>& visit) {
  size_t position = 0;
  RecordHead head;
  while (bytes.size() - position >= sizeof head) {
    std::memcpy(&head, bytes.data() + position, sizeof head);
    if (bytes.size() - position - sizeof head < head.path_bytes) break;
    std::string path(bytes.substr(position + sizeof head, head.path_bytes));
    visit(path, {.tv_sec = head.seconds, .tv_nsec = head.nanoseconds});
    position += sizeof head + head.path_bytes;
  }
  return position;
}

}  // namespace

void DirectoryTimes::add(std::string_view path, timespec modified) {
  RecordHead head{modified.tv_sec, static_cast<uint32_t>(modified.tv_nsec), static_cast<uint32_t>(path.size())};
  records_.append(reinterpret_cast<const char*>(&head), sizeof head);
  records_.append(path);
  if (records_.size() > memory_bytes_max) spill();
}

void DirectoryTimes::spill() {
  if (!file_) {
    file_ = sys::openat(spill_dir_, "directory-times", O_RDWR | O_CREAT | O_EXCL, 0600);
    sys::unlinkat(spill_dir_, "directory-times");
  }
  sys::write_all(file_, records_);
  records_.clear();
}

void DirectoryTimes::for_each(const std::function<void(const std::string&, timespec)>& visit) {
  if (file_) {
    spill();
    std::string window;
    if (::lseek(file_.get(), 0, SEEK_SET) < 0) throw Error::sys("lseek", "the directories' times");
    for (;;) {
      size_t used = window.size();
      window.resize(used + memory_bytes_max);
      ssize_t count = sys::retry([&] { return ::read(file_.get(), window.data() + used, memory_bytes_max); });
      if (count < 0) throw Error::sys("read", "the directories' times");
      window.resize(used + static_cast<size_t>(count));
      if (count == 0) break;
      window.erase(0, visit_records(window, visit));
    }
  }
  visit_records(records_, visit);
}

}  // namespace ccocker::registry
