#include "registry/gzip_encoder.h"

#include <fmt/format.h>

#include <vector>

#include "loop/error.h"
#include "registry/libisal.h"

namespace ccocker::registry {
namespace {

constexpr uint32_t level = 2;  // on real layers about as small as zlib's level 3, at several times its speed

}  // namespace

struct GzipEncoder::State {
  isal_zstream stream;
  std::vector<uint8_t> work = std::vector<uint8_t>(ISAL_DEF_LVL2_DEFAULT);
};

GzipEncoder::GzipEncoder() : state_(std::make_unique<State>()) {
  isal_zstream& stream = state_->stream;
  libisal().deflate_init(&stream);
  stream.level = level;
  stream.level_buf = state_->work.data();
  stream.level_buf_size = static_cast<uint32_t>(state_->work.size());
  stream.gzip_flag = IGZIP_GZIP;
  stream.flush = NO_FLUSH;
}
GzipEncoder::~GzipEncoder() = default;

GzipEncoder::Progress GzipEncoder::step(std::span<const std::byte> input, std::span<std::byte> output, bool last) {
  isal_zstream& stream = state_->stream;
  if (stream.internal_state.state == ZSTATE_END) return {0, 0};
  stream.end_of_stream = last ? 1 : 0;
  stream.next_in = const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(input.data()));
  stream.avail_in = static_cast<uint32_t>(input.size());
  stream.next_out = reinterpret_cast<uint8_t*>(output.data());
  stream.avail_out = static_cast<uint32_t>(output.size());
  int code = libisal().deflate(&stream);
  if (code != COMP_OK) throw Error(Errc::failed, fmt::format("isal_deflate fails with code {}", code));
  return {input.size() - stream.avail_in, output.size() - stream.avail_out};
}

}  // namespace ccocker::registry
