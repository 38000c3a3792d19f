#include "registry/zstd_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include "loop/error.h"
#include "loop/sys.h"
#include "registry/decoder.h"
#include "registry/libzstd.h"

namespace ccocker::registry {
namespace {

constexpr int level = 1;
constexpr int window_log = 18;  // 256 KiB: many layers are written at once, and tar headers repeat soon
constexpr size_t buffer_bytes = 128 * 1024;

}  // namespace

struct ZstdFileWriter::Context {
  ZSTD_CCtx* stream = libzstd().createCCtx();
  Context() {
    if (!stream) throw std::bad_alloc();
    libzstd().CCtx_setParameter(stream, ZSTD_c_compressionLevel, level);
    libzstd().CCtx_setParameter(stream, ZSTD_c_checksumFlag, 1);
    libzstd().CCtx_setParameter(stream, ZSTD_c_windowLog, window_log);
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { libzstd().freeCCtx(stream); }
};

ZstdFileWriter::ZstdFileWriter(Fd file)
    : context_(std::make_unique<Context>()), file_(std::move(file)), output_(buffer_bytes) {}
ZstdFileWriter::~ZstdFileWriter() = default;

void ZstdFileWriter::compress(std::span<const std::byte> bytes, int directive) {
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  for (;;) {
    ZSTD_outBuffer out{output_.data(), output_.size(), 0};
    size_t left = libzstd().compressStream2(context_->stream, &out, &in, static_cast<ZSTD_EndDirective>(directive));
    if (libzstd().isError(left)) throw Error(Errc::failed, fmt::format("zstd: {}", libzstd().getErrorName(left)));
    sys::write_all(file_, {reinterpret_cast<const char*>(output_.data()), out.pos});
    bool done = directive == ZSTD_e_end ? left == 0 : in.pos == in.size;
    if (done) return;
  }
}

void ZstdFileWriter::write(std::span<const std::byte> bytes) { compress(bytes, ZSTD_e_continue); }

void ZstdFileWriter::finish() { compress({}, ZSTD_e_end); }

struct ZstdFileReader::State {
  explicit State(Fd from) : file(std::move(from)) {}
  Fd file;
  std::unique_ptr<Decoder> decoder = make_zstd_decoder();
  std::vector<std::byte> buffer = std::vector<std::byte>(buffer_bytes);
  std::span<const std::byte> input;
  bool ended = false;

  void refill() {
    ssize_t count = sys::retry([&] { return ::read(file.get(), buffer.data(), buffer.size()); });
    if (count < 0) throw Error::sys("read");
    input = std::span(buffer).first(static_cast<size_t>(count));
    if (count > 0) return;
    ended = true;
    decoder->end_input();
  }
};

ZstdFileReader::ZstdFileReader(Fd file) : state_(std::make_unique<State>(std::move(file))) {}
ZstdFileReader::~ZstdFileReader() = default;

size_t ZstdFileReader::read(std::span<std::byte> to) {
  for (;;) {
    if (state_->input.empty() && !state_->ended) state_->refill();
    Decoder::Progress progress = state_->decoder->step(state_->input, to);
    state_->input = state_->input.subspan(progress.consumed);
    if (progress.produced > 0) return progress.produced;
    if (progress.consumed > 0 || !state_->ended) continue;
    state_->decoder->finish();
    return 0;
  }
}

}  // namespace ccocker::registry
