#include "registry/decoder.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace ccocker::registry {
namespace {

struct Magic {
  Encoding encoding;
  std::string_view bytes;
};
constexpr Magic magics[] = {
    {Encoding::gzip, {"\x1f\x8b\x08", 3}},
    {Encoding::zstd, {"\x28\xb5\x2f\xfd", 4}},
    {Encoding::bzip2, {"BZh", 3}},
    {Encoding::xz,
     {"\xfd"
      "7zXZ\0",
      6}},
};

// RFC 8878, 3.1.2: skippable frames begin with 0x184D2A50 to 0x184D2A5F, little-endian; a layer may start with one.
bool is_skippable_zstd_frame(std::string_view bytes) {
  return bytes.size() >= 4 && (static_cast<uint8_t>(bytes[0]) & 0xf0) == 0x50 && bytes.substr(1, 3) == "\x2a\x4d\x18";
}

class PlainDecoder final : public Decoder {
 public:
  Progress step(std::span<const std::byte> input, std::span<std::byte> output) override {
    size_t count = std::min(input.size(), output.size());
    if (count > 0) std::memcpy(output.data(), input.data(), count);
    return {count, count};
  }
  void finish() override {}
};

}  // namespace

std::string_view encoding_name(Encoding encoding) {
  constexpr std::string_view names[] = {"plain", "gzip", "zstd", "bzip2", "xz"};
  return names[static_cast<size_t>(encoding)];
}

Encoding detect_encoding(std::span<const std::byte> first_bytes) {
  std::string_view bytes(reinterpret_cast<const char*>(first_bytes.data()), first_bytes.size());
  for (const Magic& magic : magics)
    if (bytes.starts_with(magic.bytes)) return magic.encoding;
  return is_skippable_zstd_frame(bytes) ? Encoding::zstd : Encoding::none;
}

std::unique_ptr<Decoder> make_plain_decoder() { return std::make_unique<PlainDecoder>(); }

std::unique_ptr<Decoder> make_decoder(Encoding encoding) {
  if (encoding == Encoding::gzip) return make_gzip_decoder();
  if (encoding == Encoding::zstd) return make_zstd_decoder();
  if (encoding == Encoding::none) return make_plain_decoder();
  return make_archive_decoder(encoding);
}

}  // namespace ccocker::registry
