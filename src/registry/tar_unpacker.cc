#include "registry/tar_unpacker.h"

#include <cerrno>

#include "loop/error.h"
#include "registry/libarchive.h"
#include "registry/tar_entry.h"
#include "registry/tree_writer.h"
#include "registry/tree_writer_path.h"

namespace ccocker::registry {

struct TarUnpacker::Reader {
  using Clock = std::chrono::steady_clock;

  explicit Reader(TreeWriter& to) : writer(to) {}

  TreeWriter& writer;
  Fiber* fiber = nullptr;
  std::span<const std::byte> input;
  bool input_ended = false;
  bool wants_input = false;
  Clock::time_point step_started;

  void run();
  la_ssize_t pull(archive* reader, const void** buffer);
  bool copy_content(archive* reader);
  void maybe_rest();
};

// Runs on the fiber.
void TarUnpacker::Reader::run() {
  const LibArchive& lib = libarchive();
  ArchiveReader reader = new_archive_reader();
  lib.read_support_format_tar(reader.get());
  lib.read_support_format_empty(reader.get());
  auto pull_here = [](archive* from, void* self, const void** buffer) {
    return static_cast<Reader*>(self)->pull(from, buffer);
  };
  if (lib.read_open(reader.get(), this, nullptr, pull_here, nullptr) != ARCHIVE_OK) throw_unreadable_tar(reader.get());
  TreeEntry entry;
  for (;;) {
    archive_entry* header = nullptr;
    int result = lib.read_next_header(reader.get(), &header);
    if (result == ARCHIVE_EOF) break;
    if (!is_usable_entry(result)) throw_unreadable_tar(reader.get());
    convert_entry(header, entry);
    if (entry.name.empty()) throw Error(Errc::corrupt, "the tar has an entry without a name");
    writer.begin(entry);
    if (!copy_content(reader.get())) return;
    writer.end();
    maybe_rest();
  }
  writer.finish();
}

// False: the fiber is abandoned.
bool TarUnpacker::Reader::copy_content(archive* reader) {
  for (;;) {
    const void* bytes = nullptr;
    size_t count = 0;
    la_int64_t offset = 0;
    int result = libarchive().read_data_block(reader, &bytes, &count, &offset);
    if (result == ARCHIVE_EOF) return true;
    if (!is_usable_entry(result)) throw_unreadable_tar(reader);
    writer.write(static_cast<uint64_t>(offset), {static_cast<const std::byte*>(bytes), count});
  }
}

la_ssize_t TarUnpacker::Reader::pull(archive* reader, const void** buffer) {
  wants_input = true;
  while (input.empty() && !input_ended) {
    if (fiber->suspend()) continue;
    libarchive().set_error(reader, ECANCELED, "abandoned");
    return ARCHIVE_FATAL;
  }
  wants_input = false;
  *buffer = input.data();
  auto count = static_cast<la_ssize_t>(input.size());
  input = {};
  return count;
}

void TarUnpacker::Reader::maybe_rest() {
  if (Clock::now() - step_started < step_max) return;
  if (!fiber->suspend()) throw Error(Errc::cancelled, "abandoned");
}

TarUnpacker::TarUnpacker(TreeWriter& writer) : reader_(new Reader(writer)) {
  fiber_ = std::make_unique<Fiber>([reader = reader_.get()] { reader->run(); });
  reader_->fiber = fiber_.get();
}

TarUnpacker::~TarUnpacker() {
  Utf8Locale locale;
  fiber_.reset();
}

void TarUnpacker::feed(std::span<const std::byte> bytes) { reader_->input = bytes; }

bool TarUnpacker::step() {
  if (reader_->input.empty() && reader_->wants_input && !reader_->input_ended) return true;
  if (fiber_->done()) return true;
  reader_->step_started = Reader::Clock::now();
  Utf8Locale locale;
  ZeroUmask umask;
  fiber_->resume();
  return fiber_->done() || (reader_->wants_input && reader_->input.empty() && !reader_->input_ended);
}

bool TarUnpacker::finish() {
  reader_->input_ended = true;
  return step();
}

}  // namespace ccocker::registry
