#include <fmt/format.h>

#include <cstdint>

#include "loop/error.h"
#include "registry/decoder.h"
#include "registry/libzstd.h"

namespace ccocker::registry {
namespace {

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { libzstd().freeDCtx(context); }
};

class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder() : context_(libzstd().createDCtx()) {
    if (!context_) throw std::bad_alloc();
    libzstd().DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, static_cast<int>(zstd_window_log_max));
  }

  Progress step(std::span<const std::byte> input, std::span<std::byte> output) override {
    // At a frame's end an empty input would be taken for the start of a new frame that is cut off.
    if (at_frame_end_ && input.empty()) return {0, 0};
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    size_t rest = libzstd().decompressStream(context_.get(), &out, &in);
    if (libzstd().isError(rest)) fail(rest);
    if (in.pos > 0 || out.pos > 0) at_frame_end_ = rest == 0;
    plain_bytes_ += out.pos;
    return {in.pos, out.pos};
  }

  void finish() override {
    if (at_frame_end_) return;
    throw Error(Errc::corrupt, fmt::format("the zstd stream is cut off after {} plain bytes", plain_bytes_));
  }

 private:
  [[noreturn]] void fail(size_t code) const {
    if (libzstd().getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge)
      throw Error(Errc::unsupported, fmt::format("the zstd stream needs a window of more than {} MiB to decode "
                                                 "(compressed with --ultra or --long); recompress it without",
                                                 (1u << zstd_window_log_max) >> 20));
    throw Error(Errc::corrupt, fmt::format("the zstd stream is damaged after {} plain bytes: {}", plain_bytes_,
                                           libzstd().getErrorName(code)));
  }

  std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
  bool at_frame_end_ = false;
  uint64_t plain_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Decoder> make_zstd_decoder() { return std::make_unique<ZstdDecoder>(); }

}  // namespace ccocker::registry
