// clang-format off
// fuzzes: registry/decoder registry/gzip_decoder registry/libisal registry/zstd_decoder registry/libzstd registry/archive_decoder registry/fiber registry/libarchive loop/dynamic_library loop/error
// clang-format on
#include "registry/decoder.h"

#include <algorithm>
#include <vector>

#include "loop/error.h"

using namespace ccocker::registry;

namespace {

constexpr size_t plain_bytes_max = 4u << 20;

void decode(std::span<const std::byte> input, size_t piece_bytes) {
  std::unique_ptr<Decoder> decoder =
      make_decoder(detect_encoding(input.first(std::min(input.size(), encoding_magic_bytes))));
  std::vector<std::byte> output(4096);
  size_t plain = 0;
  auto drain = [&](std::span<const std::byte> rest) {
    for (;;) {
      Decoder::Progress progress = decoder->step(rest, output);
      if (progress.consumed > rest.size() || progress.produced > output.size()) __builtin_trap();
      rest = rest.subspan(progress.consumed);
      plain += progress.produced;
      if ((progress.consumed == 0 && progress.produced == 0) || plain > plain_bytes_max) return;
    }
  };
  for (; !input.empty(); input = input.subspan(std::min(piece_bytes, input.size())))
    drain(input.first(std::min(piece_bytes, input.size())));
  decoder->end_input();
  drain({});
  decoder->finish();
}

}  // namespace

// The first byte chooses the size of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  try {
    decode(std::as_bytes(std::span(data + 1, size - 1)), size_t{1} << (data[0] % 16));
  } catch (const ccocker::Error&) {
  }
  return 0;
}
