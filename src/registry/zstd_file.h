#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "loop/fd.h"

namespace ccocker::registry {

// A new file whose content is compressed as it comes: zstd level 1 with a checksum. Regular files only.
class ZstdFileWriter {
 public:
  // `file` is written from its start. Errc::unsupported when libzstd is not installed.
  explicit ZstdFileWriter(Fd file);
  ZstdFileWriter(const ZstdFileWriter&) = delete;
  ZstdFileWriter& operator=(const ZstdFileWriter&) = delete;
  ~ZstdFileWriter();

  void write(std::span<const std::byte> bytes);
  void finish();  // once; the file is whole then, though not synced

 private:
  void compress(std::span<const std::byte> bytes, int directive);
  struct Context;
  std::unique_ptr<Context> context_;
  Fd file_;
  std::vector<std::byte> output_;
};

// Reads such a file back. Errc::corrupt for a damaged or cut-off one.
class ZstdFileReader {
 public:
  explicit ZstdFileReader(Fd file);
  ZstdFileReader(const ZstdFileReader&) = delete;
  ZstdFileReader& operator=(const ZstdFileReader&) = delete;
  ~ZstdFileReader();

  size_t read(std::span<std::byte> to);  // 0 at the end

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ccocker::registry
