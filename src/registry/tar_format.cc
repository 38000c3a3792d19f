#include "registry/tar_format.h"

#include <fmt/format.h>

#include <cstring>

namespace ccocker::registry {
namespace {

constexpr size_t name_bytes = 100;

// Where ustar keeps what.
struct Place {
  size_t at, bytes;
};
constexpr Place name_place{0, 100}, mode_place{100, 8}, uid_place{108, 8}, gid_place{116, 8}, size_place{124, 12},
    mtime_place{136, 12}, checksum_place{148, 8}, type_place{156, 1}, link_place{157, 100}, magic_place{257, 8},
    major_place{329, 8}, minor_place{337, 8};

uint64_t octal_max(const Place& place) { return (1ull << (3 * (place.bytes - 1))) - 1; }

void put(std::string& header, const Place& place, std::string_view text) {
  std::memcpy(header.data() + place.at, text.data(), std::min(text.size(), place.bytes));
}

void put_number(std::string& header, const Place& place, uint64_t value) {
  if (value > octal_max(place)) value = 0;  // its pax record says it
  put(header, place, fmt::format("{:0{}o}", value, place.bytes - 1));
}

// "LENGTH KEY=VALUE\n", whose length counts its own digits.
std::string pax_record(std::string_view key, std::string_view value) {
  size_t bare = key.size() + value.size() + 3, digits = 1;
  while (std::to_string(bare + digits).size() > digits) ++digits;
  return fmt::format("{} {}={}\n", bare + digits, key, value);
}

std::string pax_records(const TarMember& member) {
  std::string records;
  if (member.name.size() > name_bytes) records += pax_record("path", member.name);
  if (member.link.size() > name_bytes) records += pax_record("linkpath", member.link);
  if (member.bytes > octal_max(size_place)) records += pax_record("size", std::to_string(member.bytes));
  if (member.uid > octal_max(uid_place)) records += pax_record("uid", std::to_string(member.uid));
  if (member.gid > octal_max(gid_place)) records += pax_record("gid", std::to_string(member.gid));
  if (member.mtime_s < 0 || static_cast<uint64_t>(member.mtime_s) > octal_max(mtime_place))
    records += pax_record("mtime", std::to_string(member.mtime_s));
  for (const auto& [name, value] : member.xattrs) records += pax_record("SCHILY.xattr." + name, value);
  return records;
}

std::string block_of(const TarMember& member) {
  std::string header(tar_block_bytes, '\0');
  put(header, name_place, member.name);
  put_number(header, mode_place, member.mode & 07777);
  put_number(header, uid_place, member.uid);
  put_number(header, gid_place, member.gid);
  put_number(header, size_place, member.bytes);
  put_number(header, mtime_place, member.mtime_s < 0 ? 0 : static_cast<uint64_t>(member.mtime_s));
  put(header, type_place, std::string_view(&member.type, 1));
  put(header, link_place, member.link);
  put(header, magic_place, std::string_view("ustar\00000", 8));
  if (member.type == '3' || member.type == '4') {
    put_number(header, major_place, member.major);
    put_number(header, minor_place, member.minor);
  }
  put(header, checksum_place, "        ");
  unsigned sum = 0;
  for (char c : header) sum += static_cast<unsigned char>(c);
  put(header, checksum_place, fmt::format("{:06o}", sum));
  header[checksum_place.at + 6] = '\0';
  return header;
}

}  // namespace

std::string tar_header(const TarMember& member) {
  std::string records = pax_records(member);
  if (records.empty()) return block_of(member);
  TarMember pax;
  pax.name = ("PaxHeaders.0/" + member.name).substr(0, name_bytes);
  pax.type = 'x';
  pax.bytes = records.size();
  return block_of(pax) + records + tar_padding(records.size()) + block_of(member);
}

std::string tar_padding(uint64_t content_bytes) { return std::string(tar_padding_bytes(content_bytes), '\0'); }

std::string tar_end() { return std::string(2 * tar_block_bytes, '\0'); }

}  // namespace ccocker::registry
