#include "registry/tar_stream.h"

#include <unistd.h>

#include <vector>

#include "loop/sys.h"
#include "registry/libarchive.h"
#include "registry/tar_entry.h"

namespace ccocker::registry {
namespace {

constexpr size_t buffer_bytes = 256u << 10;

struct Input {
  FdView from;
  std::vector<std::byte> buffer = std::vector<std::byte>(buffer_bytes);
};

la_ssize_t pull(archive* reader, void* self, const void** bytes) {
  Input& input = *static_cast<Input*>(self);
  ssize_t count = sys::retry([&] { return ::read(input.from.get(), input.buffer.data(), input.buffer.size()); });
  if (count < 0) libarchive().set_error(reader, errno, "it could not be read");
  *bytes = input.buffer.data();
  return count;
}

void support_all_filters(archive* reader) {
  using SupportFilter = decltype(&archive_read_support_filter_all);
  static const auto support = libarchive().library.symbol<SupportFilter>("archive_read_support_filter_all");
  support(reader);
}

void copy_content(archive* reader, TarStreamSink& to) {
  for (;;) {
    const void* bytes = nullptr;
    size_t count = 0;
    la_int64_t offset = 0;
    int result = libarchive().read_data_block(reader, &bytes, &count, &offset);
    if (result == ARCHIVE_EOF) return;
    if (!is_usable_entry(result)) throw_unreadable_tar(reader);
    to.write(static_cast<uint64_t>(offset), {static_cast<const std::byte*>(bytes), count});
  }
}

}  // namespace

void read_tar_stream(FdView from, TarStreamSink& to) {
  const LibArchive& lib = libarchive();
  Utf8Locale locale;
  Input input{from};
  ArchiveReader reader = new_archive_reader();
  support_all_filters(reader.get());
  lib.read_support_format_tar(reader.get());
  lib.read_support_format_empty(reader.get());
  if (lib.read_open(reader.get(), &input, nullptr, pull, nullptr) != ARCHIVE_OK) throw_unreadable_tar(reader.get());
  TreeEntry entry;
  for (;;) {
    archive_entry* header = nullptr;
    int result = lib.read_next_header(reader.get(), &header);
    if (result == ARCHIVE_EOF) return;
    if (!is_usable_entry(result)) throw_unreadable_tar(reader.get());
    convert_entry(header, entry);
    to.begin(entry);
    copy_content(reader.get(), to);
    to.end();
  }
}

}  // namespace ccocker::registry
