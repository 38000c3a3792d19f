#pragma once
// What is kept of a layer's tar beside its unpacked tree, so that the tar can be given back byte for byte (after the
// idea of vbatts/tar-split). Two files, both zstd:
//   tar-split.zst  frames: raw bytes, then the number of an entry and the size of its content (0: none)
//   tar-paths.zst  for each file of the tree with content: the number of its entry and its path, in order; and which
//                  paths later entries of the same layer have replaced. Those are kept in replaced/NUMBER.
// Numbers are LEB128; entry numbers are differences to the one before.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loop/fd.h"
#include "registry/tar_splitter.h"
#include "registry/zstd_file.h"

namespace ccocker::registry {

constexpr const char* tar_split_file = "tar-split.zst";
constexpr const char* tar_paths_file = "tar-paths.zst";
constexpr const char* replaced_directory = "replaced";
constexpr size_t record_frame_bytes_max = 64u << 10;
constexpr size_t record_path_bytes_max = 1u << 20;

class TarRecordWriter final : public TarPieces {
 public:
  explicit TarRecordWriter(FdView layer_dir);

  void take(std::span<const std::byte> tar) { splitter_.feed(tar); }
  // Entry number `entry` has become the file `path` (clean, relative) of the tree.
  void file(uint64_t entry, std::string_view path);
  // Entry `entry` takes the place of what `name` is in `parent`. True: it was put aside, since earlier entries' content
  // may be in it; false: it can be removed.
  bool put_aside(uint64_t entry, std::string_view path, FdView parent, const std::string& name);
  void finish();

  void raw(std::span<const std::byte> bytes) override;
  void payload(uint64_t entry, uint64_t bytes) override;

 private:
  void write_frame(uint64_t entry, uint64_t bytes);
  void write_path(uint64_t entry, bool replaced, std::string_view path);

  Fd layer_dir_;
  TarSplitter splitter_{*this};
  ZstdFileWriter split_, paths_;
  std::string frame_, path_;
  uint64_t last_payload_ = 0, last_path_ = 0;
  uint64_t replaced_ = 0;
};

// Reads numbers and bytes of a record; what does not parse is Errc::corrupt.
class RecordReader {
 public:
  using Source = std::function<size_t(std::span<std::byte>)>;  // 0 at the end
  explicit RecordReader(Source source) : source_(std::move(source)) {}

  bool at_end();
  uint64_t number();
  void bytes(size_t count, std::string& out);

 private:
  std::byte next();
  bool fill();
  Source source_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(64u << 10);
  size_t used_ = 0, filled_ = 0;
};

struct SplitFrame {
  std::string raw;
  uint64_t entry = 0, content_bytes = 0;
};
struct PathItem {
  uint64_t entry = 0;
  bool replaced = false;
  std::string path;
};

// The two files as streams of what they hold.
class SplitReader {
 public:
  explicit SplitReader(RecordReader::Source source) : reader_(std::move(source)) {}
  bool next(SplitFrame& frame);  // false at the end

 private:
  RecordReader reader_;
  uint64_t entry_ = 0;
};
class PathReader {
 public:
  explicit PathReader(RecordReader::Source source) : reader_(std::move(source)) {}
  bool next(PathItem& item);

 private:
  RecordReader reader_;
  uint64_t entry_ = 0;
};

}  // namespace ccocker::registry
