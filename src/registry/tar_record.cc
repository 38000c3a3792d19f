#include "registry/tar_record.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "loop/error.h"
#include "loop/sys.h"

namespace ccocker::registry {
namespace {

constexpr unsigned number_bits = 7;
constexpr std::byte more{0x80};
constexpr uint64_t number_max = 1ull << 62;

void put_number(std::string& to, uint64_t value) {
  for (; value >= 0x80; value >>= number_bits) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

Fd new_file(FdView dir, const char* name) { return sys::openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600); }

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

Error damaged() { return Error(Errc::corrupt, "the record of the layer's tar is damaged"); }

}  // namespace

TarRecordWriter::TarRecordWriter(FdView layer_dir)
    : layer_dir_(sys::dup(layer_dir)),
      split_(new_file(layer_dir, tar_split_file)),
      paths_(new_file(layer_dir, tar_paths_file)) {}

void TarRecordWriter::raw(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    size_t count = std::min(bytes.size(), record_frame_bytes_max - frame_.size());
    frame_.append(reinterpret_cast<const char*>(bytes.data()), count);
    bytes = bytes.subspan(count);
    if (frame_.size() == record_frame_bytes_max) write_frame(last_payload_, 0);
  }
}

void TarRecordWriter::payload(uint64_t entry, uint64_t bytes) { write_frame(entry, bytes); }

void TarRecordWriter::write_frame(uint64_t entry, uint64_t bytes) {
  std::string head;
  put_number(head, frame_.size());
  put_number(frame_, entry - last_payload_);
  put_number(frame_, bytes);
  split_.write(bytes_of(head));
  split_.write(bytes_of(frame_));
  frame_.clear();
  last_payload_ = entry;
}

void TarRecordWriter::file(uint64_t entry, std::string_view path) { write_path(entry, false, path); }

void TarRecordWriter::write_path(uint64_t entry, bool replaced, std::string_view path) {
  path_.clear();
  put_number(path_, (entry - last_path_) << 1 | (replaced ? 1 : 0));
  put_number(path_, path.size());
  path_ += path;
  paths_.write(bytes_of(path_));
  last_path_ = entry;
}

bool TarRecordWriter::put_aside(uint64_t entry, std::string_view path, FdView parent, const std::string& name) {
  struct stat status = sys::fstatat(parent, name, AT_SYMLINK_NOFOLLOW);
  bool may_hold_content = S_ISDIR(status.st_mode) || (S_ISREG(status.st_mode) && status.st_size > 0);
  if (!may_hold_content) return false;
  sys::mkdirat_if_missing(layer_dir_, replaced_directory, 0700);
  sys::renameat(parent, name, sys::open_dir(layer_dir_, replaced_directory), std::to_string(replaced_++));
  write_path(entry, true, path);
  return true;
}

void TarRecordWriter::finish() {
  splitter_.finish();
  write_frame(last_payload_, 0);
  split_.finish();
  paths_.finish();
}

bool RecordReader::fill() {
  if (used_ < filled_) return true;
  used_ = 0;
  filled_ = source_(buffer_);
  return filled_ > 0;
}

bool RecordReader::at_end() { return !fill(); }

std::byte RecordReader::next() {
  if (!fill()) throw damaged();
  return buffer_[used_++];
}

uint64_t RecordReader::number() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 63; shift += number_bits) {
    std::byte byte = next();
    value |= static_cast<uint64_t>(byte & ~more) << shift;
    if ((byte & more) == std::byte{0}) {
      if (value > number_max) throw damaged();
      return value;
    }
  }
  throw damaged();
}

void RecordReader::bytes(size_t count, std::string& out) {
  out.clear();
  while (count > 0) {
    if (!fill()) throw damaged();
    size_t here = std::min(count, filled_ - used_);
    out.append(reinterpret_cast<const char*>(buffer_.data()) + used_, here);
    used_ += here;
    count -= here;
  }
}

bool SplitReader::next(SplitFrame& frame) {
  if (reader_.at_end()) return false;
  uint64_t raw_bytes = reader_.number();
  if (raw_bytes > record_frame_bytes_max) throw damaged();
  reader_.bytes(raw_bytes, frame.raw);
  uint64_t step = reader_.number();
  if (step > number_max - entry_) throw damaged();
  frame.entry = entry_ += step;
  frame.content_bytes = reader_.number();
  return true;
}

bool PathReader::next(PathItem& item) {
  if (reader_.at_end()) return false;
  uint64_t head = reader_.number(), path_bytes = reader_.number();
  if (path_bytes > record_path_bytes_max || (head >> 1) > number_max - entry_) throw damaged();
  item.entry = entry_ += head >> 1;
  item.replaced = head & 1;
  reader_.bytes(path_bytes, item.path);
  return true;
}

}  // namespace ccocker::registry
