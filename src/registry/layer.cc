#include "registry/layer.h"

#include <fmt/format.h>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/sys.h"
#include "registry/layer_sync.h"
#include "registry/layer_work.h"

namespace ccocker::registry {
namespace {

Task<void> run_steps(LayerWork& work) {
  for (;;) {
    bool done = work.step();
    if (done) co_return;
    co_await io::yield();
  }
}

Task<void> take_all(LayerWork& work, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    size_t count = std::min(bytes.size(), LayerWork::piece_bytes_max);
    work.accept(bytes.first(count));
    bytes = bytes.subspan(count);
    co_await run_steps(work);
    co_await io::yield();
  }
}

Task<void> finish_work(LayerWork& work) {
  work.end_input();
  co_await run_steps(work);
  work.verify();
  co_await sync_file_system(sys::open_dir(work.directory(), "tree"));
}

Error in_layer(Error error, const Digest& diff_id) {
  return std::move(error).in(fmt::format("unpacking layer {}", diff_id.str()));
}

}  // namespace

LayerWriter::LayerWriter(std::unique_ptr<LayerWork> work, Publish publish)
    : work_(std::move(work)), publish_(std::move(publish)) {}
LayerWriter::~LayerWriter() = default;

Task<void> LayerWriter::write(std::span<const std::byte> compressed) {
  if (!work_) throw Error(Errc::failed, "the layer has failed or is finished already");
  try {
    co_await take_all(*work_, compressed);
  } catch (Error& error) {
    Digest diff_id = work_->diff_id();
    if (error.code() != Errc::cancelled) work_.reset();
    throw in_layer(std::move(error), diff_id);
  }
}

Task<void> LayerWriter::finish() {
  if (!work_) throw Error(Errc::failed, "the layer has failed or is finished already");
  Digest diff_id = work_->diff_id();
  try {
    co_await finish_work(*work_);
    publish_(diff_id, work_->publish());
    tar_bytes_ = work_->tar_bytes();
    work_.reset();
  } catch (Error& error) {
    work_.reset();
    throw in_layer(std::move(error), diff_id);
  }
}

uint64_t LayerWriter::tar_bytes() const { return work_ ? work_->tar_bytes() : tar_bytes_; }

}  // namespace ccocker::registry
