#include "registry/tar_splitter.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

namespace ccocker::registry {
namespace {

constexpr uint64_t pax_bytes_max = 1u << 20;
constexpr uint64_t entry_bytes_max = 1ull << 50;

// Where things stand in a header (POSIX.1-1988 "ustar"; GNU's sparse flag).
constexpr size_t size_at = 124, checksum_at = 148, type_at = 156, sparse_more_at = 482, sparse_block_more_at = 504;

using Header = std::array<std::byte, tar_block_bytes>;

std::string_view field(const Header& header, size_t at, size_t bytes) {
  return {reinterpret_cast<const char*>(header.data()) + at, bytes};
}

bool is_zero(const Header& header) {
  return std::ranges::all_of(header, [](std::byte byte) { return byte == std::byte{0}; });
}

// Octal digits between spaces, ended by a space or a zero byte.
std::optional<uint64_t> octal(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  uint64_t value = 0;
  while (!text.empty() && text[0] >= '0' && text[0] <= '7') {
    value = value * 8 + static_cast<uint64_t>(text[0] - '0');
    text.remove_prefix(1);
  }
  bool ended = text.find_first_not_of(std::string_view(" \0", 2)) == text.npos;
  if (!ended) return std::nullopt;
  return value;
}

// GNU's numbers that do not fit: a set first bit, then big-endian.
std::optional<uint64_t> number(std::string_view text) {
  if (!(static_cast<unsigned char>(text[0]) & 0x80)) return octal(text);
  uint64_t value = static_cast<unsigned char>(text[0]) & 0x7f;
  if (value != 0) return std::nullopt;  // negative, or larger than anything
  for (char c : text.substr(1)) {
    if (value > entry_bytes_max) return std::nullopt;
    value = value << 8 | static_cast<unsigned char>(c);
  }
  return value;
}

bool checksum_fits(const Header& header) {
  uint64_t sum = 0;
  for (size_t i = 0; i < tar_block_bytes; ++i) {
    bool own = i >= checksum_at && i < checksum_at + 8;
    sum += own ? ' ' : static_cast<unsigned char>(header[i]);
  }
  return octal(field(header, checksum_at, 8)) == sum;
}

std::optional<uint64_t> decimal(std::string_view text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool means_sparse(std::string_view key) {
  return key.starts_with("GNU.sparse.") || key == "SUN.holesdata" || key == "SCHILY.realsize";
}

}  // namespace

void TarSplitter::feed(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (only_raw_) return pieces_.raw(bytes);
    size_t count;
    if (content_left_ > 0) {
      count = static_cast<size_t>(std::min<uint64_t>(content_left_, bytes.size()));
      content_left_ -= count;
    } else if (kept_left_ > 0) {
      count = static_cast<size_t>(std::min<uint64_t>(kept_left_, bytes.size()));
      pieces_.raw(bytes.first(count));
      if (pax_type_) pax_.append(reinterpret_cast<const char*>(bytes.data()), count);
      kept_left_ -= count;
      if (kept_left_ == 0) end_of_kept();
    } else {
      count = std::min(tar_block_bytes - header_used_, bytes.size());
      std::memcpy(header_.data() + header_used_, bytes.data(), count);
      header_used_ += count;
      if (header_used_ == tar_block_bytes) take_header();
    }
    bytes = bytes.subspan(count);
  }
}

void TarSplitter::finish() {
  if (header_used_ > 0) pieces_.raw(std::span(header_).first(header_used_));
  header_used_ = 0;
}

void TarSplitter::take_header() {
  header_used_ = 0;
  pieces_.raw(header_);
  if (sparse_extension_) return take_sparse_extension();
  std::optional<uint64_t> bytes = number(field(header_, size_at, 12));
  if (is_zero(header_) || !checksum_fits(header_) || !bytes || *bytes > entry_bytes_max) return give_up();
  char type = static_cast<char>(header_[type_at]);
  if (std::string_view("xXgLK").find(type) != std::string_view::npos) return take_extension(type, *bytes);
  take_entry(type, *bytes);
}

// A header about the next entry.
void TarSplitter::take_extension(char type, uint64_t bytes) {
  if (bytes > pax_bytes_max) return give_up();
  kept_left_ = bytes + tar_padding_bytes(bytes);
  if (type == 'K') return;  // a long target of a link: libarchive's business
  pax_type_ = type;
  pax_bytes_ = bytes;
  pax_.clear();
  if (kept_left_ == 0) end_of_kept();
}

void TarSplitter::end_of_kept() {
  if (!pax_type_) return;
  pax_.resize(pax_bytes_);
  char type = std::exchange(pax_type_, 0);
  if (type == 'L') return take_long_name(pax_.substr(0, pax_.find('\0')));
  bool global = type == 'g';
  if (!read_pax()) return give_up();
  // A size or name for all that follows is nothing that any builder writes.
  if (global && (pax_size_ || pax_sparse_ || long_name_ != LongName::none)) give_up();
}

// The header's own name is but its beginning, and may end in a slash where it was cut.
void TarSplitter::take_long_name(std::string_view name) {
  long_name_ = long_name_ == LongName::slash || name.ends_with('/') ? LongName::slash : LongName::plain;
}

// "LENGTH KEY=VALUE\n" again and again. False when it is not that.
bool TarSplitter::read_pax() {
  std::string_view rest = pax_;
  while (!rest.empty() && rest[0] != '\0') {
    size_t space = rest.find(' ');
    std::optional<uint64_t> length = space == rest.npos ? std::nullopt : decimal(rest.substr(0, space));
    if (!length || *length > rest.size() || *length < space + 3) return false;
    std::string_view record = rest.substr(space + 1, *length - space - 1);
    size_t equals = record.find('=');
    if (!record.ends_with('\n') || equals == record.npos) return false;
    std::string_view key = record.substr(0, equals), value = record.substr(equals + 1, record.size() - equals - 2);
    if (key == "size") {
      pax_size_ = decimal(value);
      if (!pax_size_ || *pax_size_ > entry_bytes_max) return false;
    }
    if (key == "path") take_long_name(value);
    pax_sparse_ = pax_sparse_ || means_sparse(key);
    rest.remove_prefix(*length);
  }
  return true;
}

void TarSplitter::take_entry(char type, uint64_t bytes) {
  ++entries_;
  if (pax_size_) bytes = *pax_size_;
  bool sparse = pax_sparse_;
  pax_size_.reset();
  pax_sparse_ = false;
  LongName long_name = std::exchange(long_name_, LongName::none);
  switch (type) {
    case '0':
    case '\0':
    case '7': {
      // Before ustar, a name that ends in a slash made a directory.
      std::string_view name = field(header_, 0, 100);
      name = name.substr(0, name.find('\0'));
      bool slash = long_name == LongName::none ? name.ends_with('/') : long_name == LongName::slash;
      if (slash && bytes > 0) return give_up();
      if (sparse || bytes == 0) {
        kept_left_ = bytes + tar_padding_bytes(bytes);
        return;
      }
      pieces_.payload(entries_, bytes);
      content_left_ = bytes;
      kept_left_ = tar_padding_bytes(bytes);
      return;
    }
    case 'S':
      sparse_bytes_ = bytes + tar_padding_bytes(bytes);
      sparse_extension_ = header_[sparse_more_at] != std::byte{0};
      if (!sparse_extension_) kept_left_ = sparse_bytes_;
      return;
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
      // Readers do not agree on whether a content follows these.
      if (bytes > 0) give_up();
      return;
    default:
      give_up();
  }
}

void TarSplitter::take_sparse_extension() {
  sparse_extension_ = header_[sparse_block_more_at] != std::byte{0};
  if (!sparse_extension_) kept_left_ = sparse_bytes_;
}

}  // namespace ccocker::registry
