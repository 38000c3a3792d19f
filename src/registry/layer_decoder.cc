#include "registry/layer_decoder.h"

#include <fmt/format.h>

#include "loop/error.h"

namespace ccocker::registry {

void LayerDecoder::accept(std::span<const std::byte> piece) {
  blob_bytes_ += piece.size();
  if (!decoder_) {
    head_.insert(head_.end(), piece.begin(), piece.end());
    piece = head_;
  }
  input_ = piece;
}

void LayerDecoder::end_input() {
  ended_ = true;
  if (!decoder_) input_ = head_;
}

size_t LayerDecoder::decode(std::span<std::byte> output) {
  if (!choose_decoder()) return 0;
  for (;;) {
    Decoder::Progress progress = decoder_->step(input_, output);
    input_ = input_.subspan(progress.consumed);
    if (progress.produced > 0) {
      tar_bytes_ += progress.produced;
      check_limits();
      tar_hash_.update(output.first(progress.produced));
      return progress.produced;
    }
    if (progress.consumed > 0) continue;
    if (!ended_) return 0;
    if (draining_) {
      decoder_->finish();
      return 0;
    }
    decoder_->end_input();
    draining_ = true;
  }
}

// False: too few bytes to tell.
bool LayerDecoder::choose_decoder() {
  if (decoder_) return true;
  if (!ended_ && head_.size() < encoding_magic_bytes) return false;
  decoder_ = make_decoder(detect_encoding(head_));
  return true;
}

void LayerDecoder::check_limits() const {
  if (tar_bytes_ > layer_tar_bytes_max)
    throw Error(Errc::corrupt, fmt::format("the layer unpacks to more than {} GiB", layer_tar_bytes_max >> 30));
  if (tar_bytes_ > ratio_free_bytes && tar_bytes_ / layer_ratio_max > blob_bytes_)
    throw Error(Errc::corrupt,
                fmt::format("the layer is a bomb: {} bytes have unpacked to {} already, more than {} times "
                            "as much",
                            blob_bytes_, tar_bytes_, layer_ratio_max));
}

}  // namespace ccocker::registry
