#include "registry/layer_work.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>

#include "loop/error.h"
#include "loop/sys.h"
#include "registry/layer_record.h"

namespace ccocker::registry {
namespace {

constexpr uint64_t space_check_step_bytes = 64ull << 20;

}  // namespace

Fd make_layer_tree(FdView staging) {
  sys::mkdirat(staging, "tree", 0755);
  Fd tree = sys::open_dir(staging, "tree");
  sys::fchmod(tree, 0755);  // whatever the umask is, and without an inherited set-group-ID bit
  return tree;
}

LayerWork::LayerWork(FdView root, StagingEntry staging, Descriptor blob, Digest diff_id)
    : root_(root),
      staging_(std::move(staging)),
      tree_(make_layer_tree(staging_.dir())),
      blob_(std::move(blob)),
      diff_id_(std::move(diff_id)),
      record_(staging_.dir()),
      writer_(tree_, staging_.dir()),
      unpacker_(writer_),
      decoded_(decoded_bytes_max) {
  writer_.tell(record_);
}

LayerWork::~LayerWork() = default;

void LayerWork::accept(std::span<const std::byte> piece) {
  blob_bytes_ += piece.size();
  if (!blob_.digest.empty() && blob_bytes_ > blob_.size_bytes)
    throw Error(Errc::corrupt, fmt::format("the blob is longer than the {} bytes its manifest says", blob_.size_bytes));
  if (!blob_.digest.empty()) blob_hash_.update(piece);
  if (!decoder_) {
    head_.insert(head_.end(), piece.begin(), piece.end());
    piece = head_;
  }
  input_ = piece;
}

void LayerWork::end_input() {
  phase_ = Phase::ending;
  if (!decoder_) input_ = head_;
}

bool LayerWork::step() {
  if (!choose_decoder()) return true;
  if (unpacking_) {
    unpacking_ = !unpacker_.step();
    return false;
  }
  if (decode_some()) return false;
  if (phase_ == Phase::taking) return true;
  if (phase_ == Phase::ending) {
    decoder_->end_input();
    phase_ = Phase::draining;
    return false;
  }
  if (phase_ == Phase::draining) {
    decoder_->finish();
    phase_ = Phase::closing;
  }
  if (phase_ == Phase::closing && !unpacker_.finish()) return false;
  phase_ = Phase::done;
  return true;
}

// False: too few bytes to tell.
bool LayerWork::choose_decoder() {
  if (decoder_) return true;
  if (phase_ == Phase::taking && head_.size() < encoding_magic_bytes) return false;
  decoder_ = make_decoder(detect_encoding(head_));
  return true;
}

// False: nothing came out and nothing went in.
bool LayerWork::decode_some() {
  if (phase_ == Phase::closing || phase_ == Phase::done) return false;
  Decoder::Progress progress = decoder_->step(input_, decoded_);
  input_ = input_.subspan(progress.consumed);
  if (progress.produced == 0) return progress.consumed > 0;
  std::span<const std::byte> plain(decoded_.data(), progress.produced);
  tar_bytes_ += plain.size();
  check_limits();
  tar_hash_.update(plain);
  record_.take(plain);
  unpacker_.feed(plain);
  unpacking_ = !unpacker_.step();
  return true;
}

void LayerWork::check_limits() {
  if (tar_bytes_ > layer_tar_bytes_max)
    throw Error(Errc::corrupt, fmt::format("the layer unpacks to more than {} GiB", layer_tar_bytes_max >> 30));
  if (tar_bytes_ > ratio_free_bytes && tar_bytes_ / layer_ratio_max > blob_bytes_)
    throw Error(Errc::corrupt,
                fmt::format("the layer is a bomb: {} bytes have unpacked to {} already, more than {} times "
                            "as much",
                            blob_bytes_, tar_bytes_, layer_ratio_max));
  if (writer_.entries() > layer_entries_max)
    throw Error(Errc::corrupt, fmt::format("the layer has more than {} entries", layer_entries_max));
  if (tar_bytes_ >= next_space_check_) check_free_space();
}

void LayerWork::check_free_space() {
  next_space_check_ = tar_bytes_ + space_check_step_bytes;
  struct statvfs space;
  if (::fstatvfs(tree_.get(), &space) < 0) throw Error::sys("fstatvfs");
  uint64_t free_bytes = uint64_t{space.f_bavail} * space.f_frsize;
  if (free_bytes >= disk_reserve_bytes) return;
  throw Error::sys("unpacking", {}, ENOSPC)
      .advise(fmt::format("{} MiB are left on the file system of the root: free some, or pass another --root",
                          free_bytes >> 20));
}

void LayerWork::verify() {
  if (!blob_.digest.empty()) {
    if (blob_bytes_ != blob_.size_bytes)
      throw Error(Errc::corrupt,
                  fmt::format("the blob has {} bytes, its manifest says {}", blob_bytes_, blob_.size_bytes));
    Digest got = blob_hash_.finish();
    if (got != blob_.digest)
      throw Error(Errc::corrupt,
                  fmt::format("the blob's digest is {}, its manifest says {}", got.str(), blob_.digest.str()));
  }
  Digest got = tar_hash_.finish();
  if (got != diff_id_)
    throw Error(Errc::corrupt,
                fmt::format("the layer's DiffID is {}, the image's config says {}", got.str(), diff_id_.str()));
  record_.finish();  // on the disk with the tree: the whole file system is synced before it is published
}

Fd LayerWork::publish() {
  write_layer_record(staging_.dir(), {.diff_id = diff_id_,
                                      .size_bytes = writer_.content_bytes(),
                                      .entries = writer_.entries(),
                                      .tar_bytes = tar_bytes_});
  Fd layer = staging_.publish("layers/" + diff_id_.hex());
  sys::fsync(sys::open_dir(root_, "layers"));
  return layer;
}

}  // namespace ccocker::registry
