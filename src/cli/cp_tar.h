#pragma once
// `cp` and tars: where the room of images, which reads and writes them, meets the one of containers.
#include <string>

#include "loop/fd.h"
#include "registry/tar_stream.h"
#include "runtime/copy/entry.h"

namespace ccocker::cli {

// Writes entries as a tar, the top one called `name` ("." for what is in it).
class TarSink final : public runtime::EntrySink {
 public:
  TarSink(FdView to, std::string name) : to_(to), name_(std::move(name)) {}

  void begin(const runtime::CopyEntry& entry) override;
  void write(uint64_t offset, std::span<const std::byte> bytes) override;
  void end() override;
  void finish() override;

  uint64_t content_bytes() const { return content_bytes_; }

 private:
  std::string name_of(const std::string& path) const { return path.empty() ? name_ : name_ + "/" + path; }
  void write_zeros(uint64_t count);

  FdView to_;
  std::string name_;
  uint64_t size_ = 0, written_ = 0;  // of the entry
  uint64_t content_bytes_ = 0;
};

// Hands a tar's entries to a sink. Errc::corrupt for names that lead out with "..".
class TarEntries final : public registry::TarStreamSink {
 public:
  explicit TarEntries(runtime::EntrySink& to) : to_(to) {}

  void begin(const registry::TreeEntry& entry) override;
  void write(uint64_t offset, std::span<const std::byte> bytes) override { to_.write(offset, bytes); }
  void end() override { to_.end(); }

 private:
  runtime::EntrySink& to_;
};

}  // namespace ccocker::cli
