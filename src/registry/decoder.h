#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace ccocker::registry {

// How the bytes of a layer or an archive are compressed.
enum class Encoding { none, gzip, zstd, bzip2, xz };
std::string_view encoding_name(Encoding encoding);

constexpr size_t encoding_magic_bytes = 6;  // the longest magic number that `detect_encoding` knows
// Looks at the first bytes, as containerd does: media types lie. Fewer than `encoding_magic_bytes` are the whole input.
Encoding detect_encoding(std::span<const std::byte> first_bytes);

constexpr unsigned zstd_window_log_max = 27;  // 128 MiB: what `zstd -19` and every image builder stay below

// Turns compressed bytes into plain ones, piece by piece. Streams of several members or frames are one; anything behind
// the last one that is not a member is Errc::corrupt, as in Go's readers (and so in Docker and containerd).
class Decoder {
 public:
  virtual ~Decoder() = default;

  struct Progress {
    size_t consumed;  // bytes of `input` that are used up
    size_t produced;  // bytes written to `output`
  };
  // Makes progress unless the input is empty and nothing is left inside. Both counts 0: give more input. `output` is
  // not empty. Errc::corrupt says what is wrong.
  virtual Progress step(std::span<const std::byte> input, std::span<std::byte> output) = 0;
  // All input was given: what is still inside comes out with `step` of an empty input, until both counts are 0.
  virtual void end_input() {}
  // All output was taken: Errc::corrupt when the stream is cut off.
  virtual void finish() = 0;
};

// Errc::unsupported when the library that decodes it is not installed.
std::unique_ptr<Decoder> make_decoder(Encoding encoding);

// The kinds, one file each.
std::unique_ptr<Decoder> make_plain_decoder();
std::unique_ptr<Decoder> make_gzip_decoder();
std::unique_ptr<Decoder> make_zstd_decoder();
std::unique_ptr<Decoder> make_archive_decoder(Encoding encoding);  // by libarchive's filters

}  // namespace ccocker::registry
