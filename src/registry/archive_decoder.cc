// bzip2 and xz by libarchive's filters. They pull their input, so they run on a Fiber that stops where the input ends
// or the output is full.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "loop/error.h"
#include "registry/decoder.h"
#include "registry/fiber.h"
#include "registry/libarchive.h"

namespace ccocker::registry {
namespace {

class ArchiveDecoder final : public Decoder {
 public:
  explicit ArchiveDecoder(Encoding encoding) : encoding_(encoding), fiber_([this] { run(); }) {}

  // libarchive looks ahead in the piece it was given, so each piece is kept until it asks for the next one.
  Progress step(std::span<const std::byte> input, std::span<std::byte> output) override {
    size_t consumed = 0;
    if (wants_input_ && !input.empty()) {
      piece_.assign(input.begin(), input.end());
      piece_ready_ = true;
      consumed = input.size();
    } else if (wants_input_ && !input_ended_) {
      return {0, 0};
    }
    output_ = output;
    produced_ = 0;
    fiber_.resume();
    if (fiber_.done() && !input.empty() && consumed == 0)
      throw Error(Errc::corrupt, fmt::format("there are bytes behind the end of the {} stream", name()));
    return {consumed, produced_};
  }

  void end_input() override { input_ended_ = true; }

  void finish() override {
    if (!fiber_.done()) throw Error(Errc::corrupt, fmt::format("the {} stream is cut off", name()));
  }

 private:
  std::string_view name() const { return encoding_name(encoding_); }

  void run() {
    const LibArchive& lib = libarchive();
    ArchiveReader reader = new_archive_reader();
    lib.read_support_format_raw(reader.get());
    lib.read_support_format_empty(reader.get());
    if (encoding_ == Encoding::bzip2) lib.read_support_filter_bzip2(reader.get());
    if (encoding_ == Encoding::xz) lib.read_support_filter_xz(reader.get());
    auto pull_here = [](archive* from, void* self, const void** buffer) {
      return static_cast<ArchiveDecoder*>(self)->pull(from, buffer);
    };
    if (lib.read_open(reader.get(), this, nullptr, pull_here, nullptr) != ARCHIVE_OK) fail(reader.get());
    // Without a filter the bytes would pass as they are. The raw reader itself counts as one.
    if (lib.filter_count(reader.get()) < 2)
      throw Error(Errc::corrupt, fmt::format("the {} stream is damaged: a bad header", name()));
    archive_entry* entry = nullptr;
    int result = lib.read_next_header(reader.get(), &entry);
    if (result == ARCHIVE_EOF) return;
    if (result != ARCHIVE_OK) fail(reader.get());
    while (copy_block(reader.get())) {
    }
  }

  // False: the end, or the fiber is abandoned.
  bool copy_block(archive* reader) {
    const void* bytes = nullptr;
    size_t count = 0;
    la_int64_t offset = 0;
    int result = libarchive().read_data_block(reader, &bytes, &count, &offset);
    if (result == ARCHIVE_EOF) return false;
    if (result != ARCHIVE_OK) fail(reader);
    std::span<const std::byte> block(static_cast<const std::byte*>(bytes), count);
    while (!block.empty()) {
      if (produced_ == output_.size() && !fiber_.suspend()) return false;
      size_t part = std::min(block.size(), output_.size() - produced_);
      std::memcpy(output_.data() + produced_, block.data(), part);
      produced_ += part;
      block = block.subspan(part);
    }
    return true;
  }

  la_ssize_t pull(archive* reader, const void** buffer) {
    wants_input_ = true;
    while (!piece_ready_ && !input_ended_) {
      if (fiber_.suspend()) continue;
      libarchive().set_error(reader, ECANCELED, "abandoned");
      return ARCHIVE_FATAL;
    }
    wants_input_ = false;
    *buffer = piece_.data();
    return std::exchange(piece_ready_, false) ? static_cast<la_ssize_t>(piece_.size()) : 0;
  }

  [[noreturn]] void fail(archive* reader) const {
    throw Error(Errc::corrupt, fmt::format("the {} stream is damaged: {}", name(), archive_error(reader)));
  }

  Encoding encoding_;
  std::vector<std::byte> piece_;
  bool piece_ready_ = false;
  bool wants_input_ = true;  // the first thing libarchive does
  bool input_ended_ = false;
  std::span<std::byte> output_;
  size_t produced_ = 0;
  Fiber fiber_;
};

}  // namespace

std::unique_ptr<Decoder> make_archive_decoder(Encoding encoding) { return std::make_unique<ArchiveDecoder>(encoding); }

}  // namespace ccocker::registry
