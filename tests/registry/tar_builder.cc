#include "tar_builder.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "loop/sys.h"
#include "temporary_directory.h"

namespace {

void octal(char* field, size_t bytes, uint64_t value) {
  for (size_t i = bytes - 1; i-- > 0; value /= 8) field[i] = static_cast<char>('0' + value % 8);
}

std::string pax_record(const std::string& key, const std::string& value) {
  size_t rest = key.size() + value.size() + 3;
  size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) ++length;
  return std::to_string(length) + " " + key + "=" + value + "\n";
}

}  // namespace

void TarBuilder::padded(std::string_view content) {
  bytes_ += content;
  bytes_.append((512 - content.size() % 512) % 512, '\0');
}

void TarBuilder::header(const TarEntry& entry, std::string_view name, char type, uint64_t size) {
  char block[512] = {};
  std::memcpy(block, name.data(), std::min<size_t>(name.size(), 100));
  octal(block + 100, 8, entry.mode);
  octal(block + 108, 8, entry.uid);
  octal(block + 116, 8, entry.gid);
  octal(block + 124, 12, size);
  octal(block + 136, 12, entry.mtime);
  std::memset(block + 148, ' ', 8);
  block[156] = type;
  std::memcpy(block + 157, entry.link.data(), std::min<size_t>(entry.link.size(), 100));
  std::memcpy(block + 257, "ustar\00000", 8);
  octal(block + 329, 8, entry.major);
  octal(block + 337, 8, entry.minor);
  unsigned sum = 0;
  for (char c : block) sum += static_cast<unsigned char>(c);
  octal(block + 148, 7, sum);
  bytes_.append(block, sizeof block);
}

TarBuilder& TarBuilder::add(const TarEntry& entry) {
  std::string records;
  for (const auto& [key, value] : entry.pax) records += pax_record(key, value);
  if (entry.name.size() > 100) records += pax_record("path", entry.name);
  if (entry.link.size() > 100) records += pax_record("linkpath", entry.link);
  if (!records.empty()) {
    header({.name = "pax"}, "pax", 'x', records.size());
    padded(records);
  }
  header(entry, entry.name, entry.type, entry.content.size());
  padded(entry.content);
  return *this;
}

std::string filtered(const std::string& command, const std::string& bytes) {
  ccocker::TemporaryDirectory dir;
  ccocker::sys::write_all(ccocker::sys::openat(dir.fd(), "in", 0101, 0600), bytes);
  std::string line = command + " < " + dir.path() + "/in > " + dir.path() + "/out 2>/dev/null";
  if (std::system(line.c_str()) != 0) return {};
  return ccocker::sys::read_file(dir.fd(), "out");
}
