#include "runtime/log_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "loop/clock.h"
#include "loop/sys.h"
#include "runtime/log_line.h"

namespace ccocker::runtime {
namespace {

constexpr size_t batch_bytes = 32 << 10;  // of entries, written at once

class JsonFileLog final : public LogWriter {
 public:
  JsonFileLog(const LogConfig& config, FdView dir, const std::string& id)
      : config_(config), dir_(dir), name_(log_file_name(id)) {}
  ~JsonFileLog() override { JsonFileLog::finish(); }

  void take(OutputStream stream, std::span<const std::byte> bytes) override {
    std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    cutters_[static_cast<size_t>(stream)].cut(text, [&](std::string_view line) { add(stream, line); });
    flush();
  }

  void finish() override {
    for (OutputStream stream : {OutputStream::out, OutputStream::err})
      cutters_[static_cast<size_t>(stream)].finish([&](std::string_view line) { add(stream, line); });
    flush();
  }

 private:
  void add(OutputStream stream, std::string_view line) {
    if (batch_.empty() && lost_ > 0) tell_loss();
    append_log_line(batch_, stream, now_unix_ns(), line);
    ++batch_lines_;
    bool full = config_.file_bytes_max > 0 && size_ + static_cast<int64_t>(batch_.size()) >= config_.file_bytes_max;
    if (full || batch_.size() >= batch_bytes) flush();
  }

  void tell_loss() {
    append_log_line(batch_, OutputStream::err, now_unix_ns(),
                    fmt::format("ccocker: {} lines of this log are missing here: {}\n", lost_, errno_text(why_lost_)));
  }

  bool open() {
    int fd = sys::retry(
        [&] { return ::openat(dir_.get(), name_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640); });
    if (fd < 0) return false;
    file_ = Fd(fd);
    size_ = ::lseek(fd, 0, SEEK_END);
    end_last_entry();
    return true;
  }

  // A supervisor that was killed may have left half an entry: it is made a line of its own, which readers skip.
  void end_last_entry() {
    char last = '\n';
    if (size_ > 0 && ::pread(file_.get(), &last, 1, size_ - 1) == 1 && last != '\n' &&
        ::pwrite(file_.get(), "\n", 1, size_) == 1)
      ++size_;
  }

  void flush() {
    if (batch_.empty()) return;
    bool written = (file_ || open()) && write_whole();
    if (written)
      lost_ = 0;
    else
      lose();
    batch_.clear();
    batch_lines_ = 0;
    if (config_.file_bytes_max > 0 && size_ >= config_.file_bytes_max) rotate();
  }

  bool write_whole() {
    size_t done = 0;
    while (done < batch_.size()) {
      ssize_t count = sys::retry([&] {
        return ::pwrite(file_.get(), batch_.data() + done, batch_.size() - done, size_ + static_cast<off_t>(done));
      });
      if (count <= 0) return false;
      done += static_cast<size_t>(count);
    }
    size_ += static_cast<int64_t>(done);
    return true;
  }

  // No entry is left half written.
  void lose() {
    why_lost_ = errno;
    lost_ += batch_lines_;
    if (file_) static_cast<void>(!::ftruncate(file_.get(), size_));
  }

  void rotate() {
    file_.reset();
    for (int number = config_.files_max - 1; number > 0; --number)
      ::renameat(dir_.get(), rotated_name(name_, number - 1).c_str(), dir_.get(), rotated_name(name_, number).c_str());
    if (config_.files_max <= 1) ::unlinkat(dir_.get(), name_.c_str(), 0);
    size_ = 0;
  }

  LogConfig config_;
  FdView dir_;
  std::string name_;
  Fd file_;
  int64_t size_ = 0;
  LineCutter cutters_[2];
  std::string batch_;
  uint64_t batch_lines_ = 0, lost_ = 0;
  int why_lost_ = 0;
};

}  // namespace

std::string log_file_name(const std::string& id) { return id + "-json.log"; }

std::string rotated_name(const std::string& base, int number) {
  return number == 0 ? base : base + "." + std::to_string(number);
}

std::unique_ptr<LogWriter> open_log(const LogConfig& config, FdView container_dir, const LogSubject& subject) {
  switch (config.driver) {
    case LogConfig::Driver::json_file:
      return std::make_unique<JsonFileLog>(config, container_dir, subject.id);
    case LogConfig::Driver::journald:
      return open_journal(subject);
    case LogConfig::Driver::none:
      break;
  }
  return nullptr;
}

}  // namespace ccocker::runtime
