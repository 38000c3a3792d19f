#include "registry/decoder.h"

#include <vector>

#include "catch.h"
#include "loop/error.h"
#include "tar_builder.h"

using namespace ccocker;
using namespace ccocker::registry;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string decode(const std::string& input, size_t piece_bytes = 64 * 1024, size_t output_bytes = 4096) {
  std::unique_ptr<Decoder> decoder =
      make_decoder(detect_encoding(bytes_of(input).first(std::min<size_t>(input.size(), 6))));
  std::vector<std::byte> output(output_bytes);
  std::string plain;
  auto drain = [&](std::span<const std::byte> rest) {
    for (;;) {
      Decoder::Progress progress = decoder->step(rest, output);
      rest = rest.subspan(progress.consumed);
      plain.append(reinterpret_cast<const char*>(output.data()), progress.produced);
      if (progress.produced == 0 && progress.consumed == 0) return;
    }
  };
  for (size_t at = 0; at < input.size(); at += piece_bytes)
    drain(bytes_of(input).subspan(at, std::min(piece_bytes, input.size() - at)));
  decoder->end_input();
  drain({});
  decoder->finish();
  return plain;
}

std::string sample() {
  std::string text;
  uint32_t seed = 1;
  while (text.size() < 300'000) {
    seed = seed * 1664525 + 1013904223;
    text += static_cast<char>(seed >> 24);
    text.append((seed >> 16) % 16, 'a');
  }
  return text;
}

struct Tool {
  const char* command;
  Encoding encoding;
};
constexpr Tool tools[] = {{"gzip -6", Encoding::gzip},
                          {"zstd -3", Encoding::zstd},
                          {"bzip2 -9", Encoding::bzip2},
                          {"xz -1", Encoding::xz},
                          {"cat", Encoding::none}};

}  // namespace

TEST_CASE("every encoding gives back what was packed, whatever the sizes of the pieces") {
  std::string plain = sample();
  for (const Tool& tool : tools) {
    INFO(tool.command);
    std::string packed = filtered(tool.command, plain);
    if (packed.empty()) {
      WARN("skipped: " << tool.command << " is not installed");
      continue;
    }
    CHECK(detect_encoding(bytes_of(packed).first(6)) == tool.encoding);
    for (size_t piece : {1u, 7u, 4096u, 1u << 20})
      for (size_t output : {100u, 128u * 1024}) CHECK((decode(packed, piece, output) == plain));
  }
}

TEST_CASE("a stream cut at any of many places is refused") {
  std::string plain = sample();
  for (const Tool& tool : tools) {
    if (tool.encoding == Encoding::none) continue;
    INFO(tool.command);
    std::string packed = filtered(tool.command, plain);
    if (packed.empty()) continue;
    for (size_t keep = 10; keep < packed.size(); keep += packed.size() / 37) {
      INFO(keep);
      CHECK_THROWS_AS(decode(packed.substr(0, keep)), Error);
    }
    CHECK_THROWS_AS(decode(packed.substr(0, packed.size() - 1)), Error);
  }
}

TEST_CASE("several gzip members and zstd frames are one stream, wherever pieces end") {
  for (std::string command : {"gzip", "zstd"}) {
    std::string first = filtered(command, "first half, ");
    if (first.empty()) continue;
    std::string packed = first + filtered(command, "") + filtered(command, "second half");
    for (size_t piece = 1; piece <= packed.size(); ++piece)
      CHECK(decode(packed, piece, 5) == "first half, second half");
  }
}

TEST_CASE("bytes behind the end of a stream are refused, zeros too, as Go's readers do") {
  for (std::string command : {"gzip", "zstd"}) {
    std::string packed = filtered(command, "hello");
    if (packed.empty()) continue;
    for (const std::string& tail : {std::string("garbage behind it"), std::string(512, '\0'), std::string("\x1f")})
      for (size_t piece : {1u, 3u, 100000u}) CHECK_THROWS_AS(decode(packed + tail, piece), Error);
  }
}

TEST_CASE("a flipped bit in a gzip or zstd stream never gives other bytes") {
  for (std::string command : {"gzip -n", "zstd --check"}) {
    std::string plain = sample().substr(0, 3000);
    std::string packed = filtered(command, plain);
    if (packed.empty()) continue;
    for (size_t at = 10; at < packed.size(); at += 13) {
      std::string damaged = packed;
      damaged[at] = static_cast<char>(damaged[at] ^ 4);
      INFO(command << " byte " << at);
      try {
        bool same = decode(damaged) == plain;
        CHECK(same);  // a match that moved to bytes that are the same
      } catch (const Error& error) {
        CHECK(error.code() == Errc::corrupt);
      }
    }
  }
}

TEST_CASE("a zstd stream that wants a huge window is refused with advice") {
  std::string packed = filtered("zstd --ultra --long=31 -3", std::string(300, 'a') + sample());
  if (packed.empty()) return;
  // A frame header that says single segment and 2^31 bytes; see RFC 8878, 3.1.1.1.
  std::string header("\x28\xb5\x2f\xfd\x00\xa8", 6);
  CHECK_THROWS_WITH(decode(header + std::string(20, '\0')), Catch::Contains("window"));
}

TEST_CASE("a gzip header with a name, a comment and extra fields is skipped") {
  std::string packed = filtered("gzip -n", "hello");
  std::string fancy("\x1f\x8b\x08\x1c\0\0\0\0\0\x03", 10);
  fancy += std::string("\x03\0abc", 5) + std::string("name\0", 5) + std::string("comment\0", 8);
  for (size_t piece = 1; piece < fancy.size(); ++piece) CHECK(decode(fancy + packed.substr(10), piece, 3) == "hello");
}
