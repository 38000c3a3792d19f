#pragma once
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "loop/fd.h"
#include "runtime/output_tap.h"
#include "runtime/policies.h"

namespace ccocker::runtime {

// Where a container's output is kept. Never throws and never waits for a reader: what cannot be kept (a full disk) is
// counted, and the log says how much is missing once it can be written again.
class LogWriter {
 public:
  virtual ~LogWriter() = default;
  virtual void take(OutputStream stream, std::span<const std::byte> bytes) = 0;
  virtual void finish() = 0;  // the process has ended: what is left of a line without its end is a line too
};

// For which container.
struct LogSubject {
  std::string id, name, image;
};

// ROOT/containers/ID/ID-json.log, made when the first byte comes, with rotation; the journal; or null for none.
// `container_dir` must outlive the writer.
std::unique_ptr<LogWriter> open_log(const LogConfig& config, FdView container_dir, const LogSubject& subject);

std::string log_file_name(const std::string& id);               // "ID-json.log"; rotated ones have ".1", ".2" behind it
std::string rotated_name(const std::string& base, int number);  // `base` itself for 0

// The entries a stream's bytes are cut into: lines, and pieces of a line that is longer than this, as Docker.
constexpr size_t log_text_bytes_max = 16 << 10;

bool has_journal();  // whether this machine has a systemd journal to write to
std::unique_ptr<LogWriter> open_journal(const LogSubject& subject);

// Cuts bytes into entries; keeps an incomplete line for later.
class LineCutter {
 public:
  // Calls `entry` with each line (its newline included) and each full piece.
  template <typename Entry>
  void cut(std::string_view bytes, Entry entry) {
    while (!bytes.empty()) {
      size_t room = log_text_bytes_max - partial_.size();
      size_t newline = bytes.substr(0, room).find('\n');
      size_t count = newline != bytes.npos ? newline + 1 : std::min(room, bytes.size());
      std::string_view piece = bytes.substr(0, count);
      bytes.remove_prefix(count);
      bool whole = newline != piece.npos || count == room;
      if (partial_.empty() && whole) {
        entry(piece);
        continue;
      }
      partial_ += piece;
      if (!whole) return;
      entry(std::string_view(partial_));
      partial_.clear();
    }
  }
  template <typename Entry>
  void finish(Entry entry) {
    if (!partial_.empty()) entry(std::string_view(partial_));
    partial_.clear();
  }

 private:
  std::string partial_;
};

}  // namespace ccocker::runtime
