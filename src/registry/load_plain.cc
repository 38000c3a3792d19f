#include "registry/load_plain.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <span>
#include <vector>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/sys.h"
#include "registry/decoder.h"
#include "registry/free_space.h"
#include "registry/staging.h"

namespace ccocker::registry {
namespace {

constexpr size_t piece_bytes = 256 * 1024;
constexpr uint64_t archive_bytes_max = 1ull << 40;

// Until the buffer is full or the input ends: pipes give less than is asked for.
Task<size_t> read_full(FdView from, std::span<std::byte> buffer) {
  size_t used = 0;
  while (used < buffer.size()) {
    size_t count = co_await io::read(from, buffer.subspan(used));
    if (count == 0) break;
    used += count;
  }
  co_return used;
}

struct Output {
  Decoder& decoder;
  FdView to;
  std::string doing;  // for the errors
  std::vector<std::byte> buffer;
  uint64_t total = 0;
  FreeSpaceWatch space = {};

  void write(std::string_view bytes) {
    space.check(to, total, doing);
    total += bytes.size();
    if (total > archive_bytes_max) throw Error(Errc::corrupt, "the archive unpacks to more than 1 TiB");
    try {
      sys::write_all(to, bytes);
    } catch (Error& error) {
      if (error.errno_value() != ENOSPC) throw std::move(error).in(doing);
      throw std::move(error).in(doing).advise("free some, or pass another --root");  // a quota, or others were faster
    }
  }

  void drain(std::span<const std::byte> input) {
    for (;;) {
      Decoder::Progress progress = decoder.step(input, buffer);
      input = input.subspan(progress.consumed);
      write({reinterpret_cast<const char*>(buffer.data()), progress.produced});
      if (progress.consumed == 0 && progress.produced == 0) return;
    }
  }
};

}  // namespace

Task<Fd> spool_plain(FdView from, std::string root) {
  Fd file = nameless_file(sys::openat(sys::cwd(), root, O_PATH | O_DIRECTORY));
  std::vector<std::byte> buffer(piece_bytes);
  size_t count = co_await read_full(from, buffer);
  size_t head = std::min(count, encoding_magic_bytes);
  std::unique_ptr<Decoder> decoder = make_decoder(detect_encoding(std::span(buffer).first(head)));
  Output output{.decoder = *decoder,
                .to = file,
                .doing = fmt::format("unpacking the archive to {}/staging", root),
                .buffer = std::vector<std::byte>(piece_bytes)};
  while (count > 0) {
    output.drain(std::span(buffer).first(count));
    count = co_await read_full(from, buffer);
  }
  decoder->end_input();
  output.drain({});
  decoder->finish();
  co_return file;
}

namespace {

bool is_plain_file(FdView file) {
  if (!S_ISREG(sys::fstat(file).st_mode)) return false;
  std::byte head[encoding_magic_bytes];
  ssize_t count = ::pread(file.get(), head, sizeof head, 0);
  return count >= 0 && detect_encoding(std::span(head).first(static_cast<size_t>(count))) == Encoding::none &&
         ::lseek(file.get(), 0, SEEK_CUR) == 0;
}

}  // namespace

Task<ArchiveFiles> open_archive(std::string root, std::string path) {
  Fd file = path == "-" ? sys::dup(FdView(STDIN_FILENO)) : sys::openat(sys::cwd(), path, O_RDONLY);
  if (S_ISDIR(sys::fstat(file).st_mode)) co_return ArchiveFiles::of_directory(std::move(file));
  if (!is_plain_file(file)) {
    Fd plain = co_await spool_plain(file, std::move(root));
    file = std::move(plain);
  }
  co_return ArchiveFiles::of_tar(std::move(file));
}

}  // namespace ccocker::registry
