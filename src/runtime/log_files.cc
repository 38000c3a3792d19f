#include "runtime/log_files.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "loop/io.h"
#include "loop/sys.h"
#include "runtime/log_source.h"
#include "runtime/log_writer.h"

namespace ccocker::runtime {
namespace {

constexpr int files_max = 1000;              // --log-opt max-file goes no further
constexpr size_t entry_bytes_max = 1 << 20;  // a full piece of escapes has 96 KiB
constexpr size_t read_bytes = 64 << 10;

bool same_file(FdView a, FdView b) {
  struct stat first = sys::fstat(a), second = sys::fstat(b);
  return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

// Cuts what is read into entries.
class FileSource final : public LogSource {
 public:
  FileSource(std::string directory, const std::string& base, const LogQuery& query, TakeLogLine take)
      : directory_(std::move(directory)),
        files_(directory_, base),
        query_(query),
        give_(std::move(take)),
        buffer_(read_bytes) {
    if (query.tail) files_.seek_tail(*query.tail);
  }

  bool read_all() override {
    while (!done_) {
      size_t count = files_.read(buffer_);
      if (count == 0) break;
      take({buffer_.data(), count});
    }
    return !done_;
  }

  void start_watching() override {
    watch_ = Fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!watch_) throw Error::sys("inotify_init1");
    uint32_t events = IN_MODIFY | IN_CREATE | IN_MOVED_TO;
    if (::inotify_add_watch(watch_.get(), directory_.c_str(), events) < 0)
      throw Error::sys("inotify_add_watch", directory_).advise("raise the sysctl fs.inotify.max_user_watches");
  }

  Task<void> wait_for_more() override {
    co_await io::poll(watch_, POLLIN);
    alignas(inotify_event) std::array<char, 4096> ignored;
    while (::read(watch_.get(), ignored.data(), ignored.size()) > 0) {
    }
  }

 private:
  void take(std::string_view bytes) {
    while (!bytes.empty() && !done_) {
      size_t newline = bytes.find('\n');
      std::string_view piece = bytes.substr(0, newline);
      bytes.remove_prefix(newline == bytes.npos ? bytes.size() : newline + 1);
      if (newline == std::string_view::npos) {
        if (carry_.size() + piece.size() <= entry_bytes_max) carry_ += piece;
        return;
      }
      if (carry_.empty()) {
        give(piece);
      } else {
        carry_ += piece;
        give(carry_);
        carry_.clear();
      }
    }
  }

  void give(std::string_view text) {
    std::optional<LogLine> line = parse_log_line(text);
    if (!line) return;  // what a killed supervisor left of its last entry
    if (query_.since_unix_ns && line->time_unix_ns < *query_.since_unix_ns) return;
    done_ = query_.until_unix_ns && line->time_unix_ns > *query_.until_unix_ns;
    if (!done_) give_(*line);
  }

  std::string directory_;
  LogFiles files_;
  LogQuery query_;
  TakeLogLine give_;
  std::vector<char> buffer_;
  std::string carry_;
  bool done_ = false;
  Fd watch_;
};

}  // namespace

LogFiles::LogFiles(std::string directory, std::string base) : directory_(std::move(directory)), base_(std::move(base)) {
  files_ = open_all();
}

// The newest first, so that a rotation meanwhile only shows a file twice, never hides one.
std::vector<Fd> LogFiles::open_all() const {
  std::vector<Fd> files;
  for (int number = 0; number < files_max; ++number) {
    std::optional<Fd> file = sys::open_if_exists(sys::cwd(), directory_ + "/" + rotated_name(base_, number), O_RDONLY);
    // Between two rotations there is no newest file yet.
    if (!file && number > 0) break;
    if (!file) continue;
    bool seen = std::any_of(files.begin(), files.end(), [&](const Fd& other) { return same_file(other, *file); });
    if (!seen) files.push_back(std::move(*file));
  }
  std::reverse(files.begin(), files.end());
  return files;
}

void LogFiles::seek_tail(uint64_t count) {
  std::vector<char> buffer(read_bytes);
  uint64_t wanted = count + 1;  // the newline in front of the first one wanted
  for (size_t i = files_.size(); i-- > 0;) {
    current_ = i;
    off_t end = ::lseek(files_[i].get(), 0, SEEK_END);
    for (off_t at = end; at > 0;) {
      size_t step = static_cast<size_t>(std::min<off_t>(at, static_cast<off_t>(buffer.size())));
      at -= static_cast<off_t>(step);
      if (::pread(files_[i].get(), buffer.data(), step, at) != static_cast<ssize_t>(step)) break;
      for (size_t j = step; j-- > 0;) {
        if (buffer[j] != '\n' || --wanted > 0) continue;
        ::lseek(files_[i].get(), at + static_cast<off_t>(j) + 1, SEEK_SET);
        return;
      }
    }
    ::lseek(files_[i].get(), 0, SEEK_SET);
  }
}

bool LogFiles::go_on() {
  if (current_ + 1 < files_.size()) {
    ++current_;
    return true;
  }
  std::vector<Fd> now = open_all();
  if (files_.empty()) {
    files_ = std::move(now);
    current_ = 0;
    return !files_.empty();
  }
  for (size_t i = 0; i < now.size(); ++i) {
    if (!same_file(now[i], files_[current_])) continue;
    if (i + 1 == now.size()) return false;  // ours is the newest
    files_.erase(files_.begin(), files_.begin() + static_cast<std::ptrdiff_t>(current_));
    files_.resize(1);
    std::move(now.begin() + static_cast<std::ptrdiff_t>(i) + 1, now.end(), std::back_inserter(files_));
    current_ = 0;
    return true;
  }
  if (now.empty()) return false;
  files_ = std::move(now);  // ours was rotated away: the oldest there is comes next
  current_ = 0;
  return true;
}

size_t LogFiles::read(std::span<char> buffer) {
  for (;;) {
    if (current_ < files_.size()) {
      ssize_t count = sys::retry([&] { return ::read(files_[current_].get(), buffer.data(), buffer.size()); });
      if (count < 0) throw Error::sys("read", base_);
      if (count > 0) return static_cast<size_t>(count);
    }
    // Where a rotation is seen, the old file comes once more: what was written just before it is read first.
    if (!go_on()) return 0;
  }
}

std::unique_ptr<LogSource> open_log_files(std::string directory, const std::string& base, const LogQuery& query,
                                          TakeLogLine take) {
  return std::make_unique<FileSource>(std::move(directory), base, query, std::move(take));
}

}  // namespace ccocker::runtime
