#include "registry/push_layer.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/sys.h"
#include "registry/gzip_encoder.h"
#include "registry/layer_tar.h"
#include "registry/manifest.h"
#include "registry/sha256.h"
#include "registry/staging.h"
#include "registry/store_files.h"
#include "registry/store_json.h"

namespace ccocker::registry {
namespace {

constexpr size_t piece_bytes = 256 * 1024;
constexpr int packed_version = 1;
constexpr const char* packed_file = "packed.json";

class Packer {
 public:
  explicit Packer(FdView to) : to_(to), output_(piece_bytes) {}

  void take(std::span<const std::byte> input, bool last) {
    for (;;) {
      GzipEncoder::Progress progress = encoder_.step(input, output_, last);
      input = input.subspan(progress.consumed);
      std::span<const std::byte> made = std::span(output_).first(progress.produced);
      hash_.update(made);
      sys::write_all(to_, {reinterpret_cast<const char*>(made.data()), made.size()});
      bytes_ += made.size();
      if (progress.produced == 0 && (input.empty() || progress.consumed == 0)) return;
    }
  }
  Descriptor finish() {
    return {.media_type = std::string(media_type::oci_gzip_layer),
            .digest = hash_.finish(),
            .size_bytes = bytes_,
            .urls = {}};
  }

 private:
  FdView to_;
  GzipEncoder encoder_;
  std::vector<std::byte> output_;
  Sha256 hash_;
  uint64_t bytes_ = 0;
};

}  // namespace

Task<PackedLayer> pack_layer(const Store& store, Digest diff_id, std::function<void(uint64_t, uint64_t)> made) {
  LayerTar tar(store.root_fd(), diff_id);
  PackedLayer packed;
  packed.file = nameless_file(store.root_fd());
  Packer packer(packed.file);
  std::vector<std::byte> buffer(piece_bytes);
  uint64_t done = 0;
  for (;;) {
    size_t count = tar.read(buffer);
    packer.take(std::span(buffer).first(count), count == 0);
    if (count == 0) break;
    done += count;
    if (made) made(done, tar.bytes());
    co_await io::yield();
  }
  packed.blob = packer.finish();
  co_return packed;
}

std::optional<Descriptor> read_packed(const Store& store, const Digest& diff_id) {
  std::string file = fmt::format("{}/{}", layer_path(diff_id), packed_file);
  std::optional<std::string> bytes = read_small_file(store.root_fd(), file);
  if (!bytes) return std::nullopt;
  try {
    nlohmann::json document = parse_store_json(*bytes, file, packed_version);
    return with_json_errors(file, [&] {
      return Descriptor{.media_type = std::string(media_type::oci_gzip_layer),
                        .digest = Digest::parse(document.at("digest").get<std::string>()),
                        .size_bytes = document.at("size_bytes").get<uint64_t>(),
                        .urls = {}};
    });
  } catch (const Error&) {
    return std::nullopt;  // a hint only
  }
}

void write_packed(const Store& store, const Digest& diff_id, const Descriptor& blob) {
  nlohmann::json document = {
      {"version", packed_version}, {"digest", blob.digest.str()}, {"size_bytes", blob.size_bytes}};
  try {
    replace_file(store.root_fd(), fmt::format("{}/{}", layer_path(diff_id), packed_file), document.dump());
  } catch (const Error&) {  // a store that is read-only, or full, can still be pushed from
  }
}

}  // namespace ccocker::registry
