#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "registry/decoder.h"
#include "registry/digest.h"
#include "registry/sha256.h"

namespace ccocker::registry {

constexpr uint64_t layer_tar_bytes_max = 256ull << 30;
// Deflate cannot do better than 1032 to 1; no real layer of more than `ratio_free_bytes` comes near half of it.
constexpr uint64_t layer_ratio_max = 400;
constexpr uint64_t ratio_free_bytes = 1ull << 30;

// A layer's blob in, its tar out: decoded by its magic bytes (whatever its media type says), hashed (the DiffID), and
// stopped where it is a bomb.
class LayerDecoder {
 public:
  // The next bytes of the blob, which stay valid until `decode` gives 0.
  void accept(std::span<const std::byte> piece);
  void end_input();  // then `decode` until 0

  // Writes the next bytes of the tar to `output` and gives their number. 0: all that was accepted is used up.
  // Errc::corrupt for what no encoder writes, for a stream that is cut off and for bombs.
  size_t decode(std::span<std::byte> output);

  Digest diff_id() { return tar_hash_.finish(); }  // once, at the end
  uint64_t tar_bytes() const { return tar_bytes_; }

 private:
  bool choose_decoder();
  void check_limits() const;

  std::unique_ptr<Decoder> decoder_;
  Sha256 tar_hash_;
  std::vector<std::byte> head_;  // the first bytes, until they are enough to know the encoding
  std::span<const std::byte> input_;
  bool ended_ = false;     // no more input
  bool draining_ = false;  // and the decoder knows
  uint64_t blob_bytes_ = 0, tar_bytes_ = 0;
};

}  // namespace ccocker::registry
