#include <fmt/format.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <cstdint>

#include "loop/error.h"
#include "registry/decoder.h"
#include "loop/dynamic_library.h"

namespace ccocker::registry {
namespace {

struct Zstd {
  DynamicLibrary library{"libzstd.so.1", "libzstd1"};
  decltype(&ZSTD_createDCtx) create = library.symbol<decltype(&ZSTD_createDCtx)>("ZSTD_createDCtx");
  decltype(&ZSTD_freeDCtx) free = library.symbol<decltype(&ZSTD_freeDCtx)>("ZSTD_freeDCtx");
  decltype(&ZSTD_DCtx_setParameter) set = library.symbol<decltype(&ZSTD_DCtx_setParameter)>("ZSTD_DCtx_setParameter");
  decltype(&ZSTD_decompressStream) decompress =
      library.symbol<decltype(&ZSTD_decompressStream)>("ZSTD_decompressStream");
  decltype(&ZSTD_isError) is_error = library.symbol<decltype(&ZSTD_isError)>("ZSTD_isError");
  decltype(&ZSTD_getErrorName) error_name = library.symbol<decltype(&ZSTD_getErrorName)>("ZSTD_getErrorName");
  decltype(&ZSTD_getErrorCode) error_code = library.symbol<decltype(&ZSTD_getErrorCode)>("ZSTD_getErrorCode");
};

const Zstd& zstd() {
  static const Zstd table;
  return table;
}

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { zstd().free(context); }
};

class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder() : context_(zstd().create()) {
    if (!context_) throw std::bad_alloc();
    zstd().set(context_.get(), ZSTD_d_windowLogMax, static_cast<int>(zstd_window_log_max));
  }

  Progress step(std::span<const std::byte> input, std::span<std::byte> output) override {
    // At a frame's end an empty input would be taken for the start of a new frame that is cut off.
    if (at_frame_end_ && input.empty()) return {0, 0};
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    size_t rest = zstd().decompress(context_.get(), &out, &in);
    if (zstd().is_error(rest)) fail(rest);
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
    if (zstd().error_code(code) == ZSTD_error_frameParameter_windowTooLarge)
      throw Error(Errc::unsupported, fmt::format("the zstd stream needs a window of more than {} MiB to decode "
                                                 "(compressed with --ultra or --long); recompress it without",
                                                 (1u << zstd_window_log_max) >> 20));
    throw Error(Errc::corrupt, fmt::format("the zstd stream is damaged after {} plain bytes: {}", plain_bytes_,
                                           zstd().error_name(code)));
  }

  std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
  bool at_frame_end_ = false;
  uint64_t plain_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Decoder> make_zstd_decoder() { return std::make_unique<ZstdDecoder>(); }

}  // namespace ccocker::registry
