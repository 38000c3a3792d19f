#include "registry/new_image.h"

#include <unistd.h>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/sys.h"
#include "registry/layer.h"
#include "registry/load_plain.h"
#include "registry/sha256.h"
#include "registry/staging.h"

namespace ccocker::registry {
namespace {

constexpr size_t piece_bytes = 256 * 1024;

// Takes a tar whose DiffID is only known at its end.
class Spool final : public ByteSink {
 public:
  explicit Spool(FdView file) : file_(file) {}
  using ByteSink::write;
  Task<void> write(std::span<const std::byte> bytes) override {
    hash_.update(bytes);
    sys::write_all(file_, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    co_return;
  }
  Digest finish() { return hash_.finish(); }

 private:
  FdView file_;
  Sha256 hash_;
};

Task<void> store_layer(Store& store, Fd file, Digest diff_id) {
  Descriptor blob;
  blob.size_bytes = static_cast<uint64_t>(sys::fstat(file).st_size);
  std::unique_ptr<LayerWriter> writer = co_await store.begin_layer(blob, diff_id);
  if (!writer) co_return;
  std::vector<std::byte> buffer(piece_bytes);
  for (int64_t offset = 0;;) {
    size_t count = co_await io::read(file, buffer, offset);
    if (count == 0) break;
    offset += static_cast<int64_t>(count);
    co_await writer->write(std::span<const std::byte>(buffer).first(count));
  }
  co_await writer->finish();
}

}  // namespace

Task<Digest> add_layer(Store& store, WriteTar write) {
  Fd file = nameless_file(store.root_fd());
  Spool spool(file);
  co_await write(spool);
  Digest diff_id = spool.finish();
  co_await store_layer(store, std::move(file), diff_id);
  co_return diff_id;
}

Task<Digest> add_layer_from(Store& store, FdView archive) {
  Fd file = co_await spool_plain(archive, store.root());
  Sha256 hash;
  std::vector<std::byte> buffer(piece_bytes);
  for (int64_t offset = 0;;) {
    size_t count = co_await io::read(file, buffer, offset);
    if (count == 0) break;
    offset += static_cast<int64_t>(count);
    hash.update(std::span<const std::byte>(buffer).first(count));
    co_await io::yield();
  }
  Digest diff_id = hash.finish();
  co_await store_layer(store, std::move(file), diff_id);
  co_return diff_id;
}

}  // namespace ccocker::registry
