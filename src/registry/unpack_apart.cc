// The stages of a layer as processes, each as fast as a CPU of its own lets it be:
//
//   the loop: network, SHA-256 of the blob ─► decode, SHA-256 of the tar ─► tar reader, files
//                                   PieceQueue                    PieceQueue
#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "loop/error.h"
#include "registry/layer_decoder.h"
#include "registry/layer_tree.h"
#include "registry/piece_queue.h"
#include "registry/unpacking.h"
#include "registry/worker_process.h"

namespace ccocker::registry {
namespace {

// What the two processes say at their end, as it lies in memory.
struct Decoded {
  std::array<char, 64> diff_id;  // hex digits
  uint64_t tar_bytes;
};
struct Written {
  uint64_t content_bytes, entries;
};

template <typename Report>
std::string to_bytes(const Report& report) {
  return {reinterpret_cast<const char*>(&report), sizeof report};
}

template <typename Report>
Report from_bytes(const std::string& bytes) {
  Report report{};
  std::memcpy(&report, bytes.data(), std::min(bytes.size(), sizeof report));
  return report;
}

// The neighbour has ended before its work was done. It knows why; this is never told to anybody.
Error abandoned() { return Error(Errc::cancelled, "abandoned"); }

template <typename Value>
Value must(std::optional<Value> value) {
  if (!value) throw abandoned();
  return *value;
}

void must(bool sent) {
  if (!sent) throw abandoned();
}

Decoded decode_layer(PieceQueue::Taker& blob, PieceQueue::Maker& tar) {
  LayerDecoder decoder;
  std::span<std::byte> room = must(tar.empty_piece());
  for (bool ended = false; !ended;) {
    std::span<const std::byte> piece = must(blob.next());
    ended = piece.empty();
    if (ended)
      decoder.end_input();
    else
      decoder.accept(piece);
    while (size_t count = decoder.decode(room)) {
      must(tar.send(count));
      room = must(tar.empty_piece());
    }
  }
  must(tar.send(0));
  tar.wait_for_taker();
  Decoded decoded{{}, decoder.tar_bytes()};
  std::ranges::copy(decoder.diff_id().hex(), decoded.diff_id.begin());
  return decoded;
}

Written write_layer(FdView staging, PieceQueue::Taker& tar) {
  LayerTree tree(staging);
  for (;;) {
    std::span<const std::byte> piece = must(tar.next());
    if (piece.empty()) break;
    tree.feed(piece);
    while (!tree.step()) continue;
  }
  while (!tree.finish()) continue;
  return {tree.content_bytes(), tree.entries()};
}

class UnpackApart final : public Unpacking {
 public:
  explicit UnpackApart(FdView staging) {
    PieceQueue blob, tar;
    decoder_.emplace("that decodes it", std::vector<FdView>{blob.taker.fd(), tar.maker.fd()},
                     [&] { return to_bytes(decode_layer(blob.taker, tar.maker)); });
    writer_.emplace("that writes its files", std::vector<FdView>{staging, tar.taker.fd()},
                    [&] { return to_bytes(write_layer(staging, tar.taker)); });
    blob_ = std::move(blob.maker);
  }

  Task<void> write(std::span<const std::byte> blob) override {
    while (!blob.empty()) {
      std::optional<std::span<std::byte>> room = co_await blob_.next_empty_piece();
      size_t count = room ? std::min(blob.size(), room->size()) : 0;
      if (room) std::memcpy(room->data(), blob.data(), count);
      if (!room || !blob_.send(count)) co_await collect();
      blob = blob.subspan(count);
    }
  }

  Task<UnpackedLayer> finish() override {
    std::optional<std::span<std::byte>> room = co_await blob_.next_empty_piece();
    if (room) blob_.send(0);
    UnpackedLayer layer = co_await collect();
    co_return layer;
  }

 private:
  // Both have ended or are about to. What the writer met came earlier in the layer than what the decoder did.
  Task<UnpackedLayer> collect() {
    Result<std::string> decoder = co_await decoder_->result();
    Result<std::string> writer = co_await writer_->result();
    if (!writer && writer.error().code() != Errc::cancelled) throw std::move(writer.error());
    if (!decoder && decoder.error().code() != Errc::cancelled) throw std::move(decoder.error());
    if (!writer || !decoder) throw Error(Errc::failed, "the processes that unpack it ended early");
    Decoded decoded = from_bytes<Decoded>(*decoder);
    Written written = from_bytes<Written>(*writer);
    UnpackedLayer layer{Digest::from_hex({decoded.diff_id.begin(), decoded.diff_id.end()}), decoded.tar_bytes,
                        written.content_bytes, written.entries};
    co_return layer;
  }

  PieceQueue::Maker blob_;
  std::optional<WorkerProcess> decoder_;
  std::optional<WorkerProcess> writer_;
};

}  // namespace

std::unique_ptr<Unpacking> unpack_apart(FdView staging) { return std::make_unique<UnpackApart>(staging); }

}  // namespace ccocker::registry
