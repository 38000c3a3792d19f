#include <vector>

#include "loop/io.h"
#include "registry/layer_decoder.h"
#include "registry/layer_tree.h"
#include "registry/unpacking.h"

namespace ccocker::registry {
namespace {

constexpr size_t piece_bytes_max = 256 * 1024;
constexpr size_t decoded_bytes_max = 128 * 1024;

class UnpackHere final : public Unpacking {
 public:
  explicit UnpackHere(FdView staging) : tree_(staging), decoded_(decoded_bytes_max) {}

  Task<void> write(std::span<const std::byte> blob) override {
    while (!blob.empty()) {
      std::span<const std::byte> piece = blob.first(std::min(blob.size(), piece_bytes_max));
      blob = blob.subspan(piece.size());
      decoder_.accept(piece);
      co_await work_off();
    }
  }

  Task<UnpackedLayer> finish() override {
    decoder_.end_input();
    co_await work_off();
    while (!tree_.finish()) co_await io::yield();
    UnpackedLayer layer{decoder_.diff_id(), decoder_.tar_bytes(), tree_.content_bytes(), tree_.entries()};
    co_return layer;
  }

 private:
  Task<void> work_off() {
    while (size_t count = decoder_.decode(decoded_)) {
      tree_.feed(std::span(decoded_).first(count));
      while (!tree_.step()) co_await io::yield();
      co_await io::yield();
    }
    co_await io::yield();
  }

  LayerDecoder decoder_;
  LayerTree tree_;
  std::vector<std::byte> decoded_;
};

}  // namespace

std::unique_ptr<Unpacking> unpack_here(FdView staging) { return std::make_unique<UnpackHere>(staging); }

}  // namespace ccocker::registry
