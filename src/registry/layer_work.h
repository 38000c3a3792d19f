#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "registry/decoder.h"
#include "registry/descriptor.h"
#include "registry/sha256.h"
#include "registry/staging.h"
#include "registry/tar_record.h"
#include "registry/tar_unpacker.h"
#include "registry/tree_writer.h"

namespace ccocker::registry {

constexpr uint64_t layer_tar_bytes_max = 256ull << 30;
// Deflate cannot do better than 1032 to 1; no real layer of more than `ratio_free_bytes` comes near half of it.
constexpr uint64_t layer_ratio_max = 400;
constexpr uint64_t ratio_free_bytes = 1ull << 30;
// Real layers stay below a third of this; each entry is an inode that others on the disk will miss.
constexpr uint64_t layer_entries_max = 1'000'000;
constexpr uint64_t disk_reserve_bytes = 64ull << 20;  // unpacking stops before the disk has less than this

// Makes the empty directory STAGING/tree that a layer is unpacked to.
Fd make_layer_tree(FdView staging);

// The work on one layer without its waits: bytes in, bounded steps, and a tree with both digests out. What LayerWriter
// drives on the loop, and the built-in image and tests without one.
class LayerWork {
 public:
  // Files go to `staging`/tree.
  LayerWork(FdView root, StagingEntry staging, Descriptor blob, Digest diff_id);
  ~LayerWork();

  void accept(std::span<const std::byte> piece);  // stays valid until `step` gives true
  [[nodiscard]] bool step();                      // true: the piece is used up; false: call again
  void end_input();                               // then `step` until true, then `verify`
  void verify();                                  // Errc::corrupt unless sizes and digests are what was asked for
  Fd publish();                                   // writes layer.json and renames; gives the locked layers/HEX

  FdView directory() const { return staging_.dir(); }
  const Digest& diff_id() const { return diff_id_; }
  uint64_t tar_bytes() const { return tar_bytes_; }
  static constexpr size_t piece_bytes_max = 256 * 1024;

 private:
  bool choose_decoder();
  bool decode_some();
  void check_limits();
  void check_free_space();

  static constexpr size_t decoded_bytes_max = 128 * 1024;

  FdView root_;
  StagingEntry staging_;
  Fd tree_;
  Descriptor blob_;
  Digest diff_id_;
  Sha256 blob_hash_, tar_hash_;
  std::unique_ptr<Decoder> decoder_;
  TarRecordWriter record_;
  TreeWriter writer_;
  TarUnpacker unpacker_;

  std::vector<std::byte> head_;  // the first bytes, until they are enough to know the encoding
  std::span<const std::byte> input_;
  std::vector<std::byte> decoded_;
  enum class Phase { taking, ending, draining, closing, done } phase_ = Phase::taking;
  bool unpacking_ = false;  // the unpacker still works on decoded_
  uint64_t blob_bytes_ = 0;
  uint64_t tar_bytes_ = 0;
  uint64_t next_space_check_ = 0;
};

}  // namespace ccocker::registry
