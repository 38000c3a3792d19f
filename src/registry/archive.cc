#include "registry/archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "loop/error.h"
#include "loop/sys.h"
#include "registry/tar_format.h"
#include "registry/tree_writer_path.h"

namespace ccocker::registry {
namespace {

constexpr size_t entries_max = 100'000;
constexpr uint64_t long_name_bytes_max = 64 * 1024;
constexpr int links_max = 4;

void pread_all(FdView file, char* to, uint64_t bytes, uint64_t offset) {
  while (bytes > 0) {
    ssize_t count = sys::retry([&] { return ::pread(file.get(), to, bytes, static_cast<off_t>(offset)); });
    if (count < 0) throw Error::sys("pread");
    if (count == 0) throw Error(Errc::corrupt, "the archive is cut off");
    to += count;
    bytes -= static_cast<uint64_t>(count);
    offset += static_cast<uint64_t>(count);
  }
}

std::string pread_string(FdView file, uint64_t bytes, uint64_t offset) {
  std::string text(bytes, '\0');
  pread_all(file, text.data(), bytes, offset);
  return text;
}

std::string field(const char* header, size_t offset, size_t bytes) {
  return std::string(header + offset, ::strnlen(header + offset, bytes));
}

// Octal, or base 256 when the first bit is set (GNU tar, for more than 8 GiB).
uint64_t number(const char* header, size_t offset, size_t bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(header + offset);
  if (!(at[0] & 0x80)) return std::strtoull(field(header, offset, bytes).c_str(), nullptr, 8);
  uint64_t value = 0;
  for (size_t i = 1; i < bytes; ++i) value = value << 8 | at[i];
  return value;
}

bool checksum_fits(const char* header) {
  unsigned sum = 0;
  for (size_t i = 0; i < tar_block_bytes; ++i) sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(header[i]);
  return number(header, 148, 8) == sum;
}

// What a pax or GNU header says about the entry behind it.
struct Override {
  std::string name, link;
  std::optional<uint64_t> bytes;
};

// "27 path=some/name\n" and so on (POSIX.1-2001, pax extended header).
void read_pax(std::string_view records, Override& to) {
  while (!records.empty()) {
    size_t space = records.find(' ');
    uint64_t length = std::strtoull(std::string(records.substr(0, std::min<size_t>(space, 20))).c_str(), nullptr, 10);
    if (space == std::string_view::npos || length <= space + 1 || length > records.size())
      throw Error(Errc::corrupt, "the archive has a damaged pax header");
    std::string_view record = records.substr(space + 1, length - space - 2);
    records.remove_prefix(length);
    size_t equals = record.find('=');
    if (equals == std::string_view::npos) continue;
    std::string value(record.substr(equals + 1));
    std::string_view key = record.substr(0, equals);
    if (key == "path") to.name = value;
    if (key == "linkpath") to.link = value;
    if (key == "size") to.bytes = std::strtoull(value.c_str(), nullptr, 10);
  }
}

std::string name_of(const char* header) {
  std::string prefix = std::memcmp(header + 257, "ustar\0", 6) == 0 ? field(header, 345, 155) : "";
  return prefix.empty() ? field(header, 0, 100) : prefix + "/" + field(header, 0, 100);
}

}  // namespace

ArchiveFiles ArchiveFiles::of_tar(Fd tar) {
  ArchiveFiles files(std::move(tar), false);
  files.index();
  return files;
}

void ArchiveFiles::index() {
  auto total = static_cast<uint64_t>(sys::fstat(fd_).st_size);
  char header[tar_block_bytes];
  Override next;
  for (uint64_t offset = 0; offset + tar_block_bytes <= total;) {
    pread_all(fd_, header, tar_block_bytes, offset);
    if (header[0] == '\0') return;
    if (!checksum_fits(header))
      throw Error(Errc::corrupt, "it is not a tar: neither docker save nor an OCI archive made it");
    if (entries_.size() >= entries_max)
      throw Error(Errc::corrupt, fmt::format("the archive has more than {} entries", entries_max));
    char type = header[156];
    uint64_t bytes = next.bytes.value_or(number(header, 124, 12));
    offset += tar_block_bytes;
    if (bytes > total - offset) throw Error(Errc::corrupt, "the archive is cut off");
    bool describes_next = type == 'x' || type == 'L' || type == 'K';
    if (describes_next) {
      if (bytes > long_name_bytes_max) throw Error(Errc::corrupt, "the archive has a name that is too long");
      std::string content = pread_string(fd_, bytes, offset);
      if (type == 'x') read_pax(content, next);
      if (type == 'L') next.name = content.c_str();
      if (type == 'K') next.link = content.c_str();
    } else if (type != 'g') {
      std::string name = clean_path(next.name.empty() ? name_of(header) : next.name);
      std::string link = next.link.empty() ? field(header, 157, 100) : next.link;
      if (type == '0' || type == '\0') entries_[name] = {.offset = offset, .bytes = bytes, .link = {}};
      if (type == '1') entries_[name] = {.link = clean_path(link)};
      if (type == '2') entries_[name] = {.link = clean_path(std::string(parent_of(name)) + "/" + link)};
      next = {};
    }
    offset += bytes + tar_padding_bytes(bytes);
  }
}

std::optional<ArchiveSlice> ArchiveFiles::find(const std::string& name) {
  std::string path = clean_path(name);
  if (!is_directory_) {
    for (int links = 0; links < links_max; ++links) {
      auto found = entries_.find(path);
      if (found == entries_.end()) return std::nullopt;
      if (found->second.link.empty()) return ArchiveSlice{fd_, found->second.offset, found->second.bytes};
      path = found->second.link;
    }
    return std::nullopt;
  }
  if (path.empty()) return std::nullopt;
  Fd& file = opened_[path];
  if (!file) {
    if (!sys::stat_if_exists(fd_, path)) return std::nullopt;
    file = sys::openat2(fd_, path, O_RDONLY, RESOLVE_BENEATH);
  }
  struct stat status = sys::fstat(file);
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  return ArchiveSlice{file, 0, static_cast<uint64_t>(status.st_size)};
}

std::optional<std::string> ArchiveFiles::read(const std::string& name, uint64_t bytes_max) {
  std::optional<ArchiveSlice> slice = find(name);
  if (!slice) return std::nullopt;
  if (slice->bytes > bytes_max)
    throw Error(Errc::corrupt,
                fmt::format("{} has {} bytes; more than {} are not read", name, slice->bytes, bytes_max));
  return pread_string(slice->file, slice->bytes, slice->offset);
}

}  // namespace ccocker::registry
