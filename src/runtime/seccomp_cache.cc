#include "runtime/seccomp_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string_view>

#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

struct Header {
  char magic[8];
  uint64_t key_bytes, instructions, checksum;
};
constexpr char magic[] = "ccbpf-1";  // with its zero, 8 bytes
constexpr size_t file_bytes_max = 2u << 20;

// FNV-1a: finds damage, not malice; whoever can write here is root.
uint64_t checksum(std::string_view bytes, uint64_t hash = 0xcbf29ce484222325) {
  for (char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::string_view bytes_of(const std::vector<sock_filter>& program) {
  return {reinterpret_cast<const char*>(program.data()), program.size() * sizeof(sock_filter)};
}

std::string file_name(const std::string& key) { return fmt::format("{:016x}", checksum(key)); }

}  // namespace

std::optional<std::vector<sock_filter>> SeccompCache::load(const std::string& key) const {
  int fd = ::open((directory_ + "/" + file_name(key)).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return std::nullopt;
  Fd file(fd);
  if (sys::fstat(file).st_size > static_cast<off_t>(file_bytes_max)) return std::nullopt;
  std::string text = sys::read_all(file);
  Header header;
  if (text.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, text.data(), sizeof header);
  std::string_view rest = std::string_view(text).substr(sizeof header);
  bool fits = std::memcmp(header.magic, magic, sizeof magic) == 0 && header.key_bytes == key.size() &&
              header.instructions <= BPF_MAXINSNS && header.instructions > 0 &&
              rest.size() == key.size() + header.instructions * sizeof(sock_filter) &&
              header.checksum == checksum(rest) && rest.substr(0, key.size()) == key;
  if (!fits) return std::nullopt;
  std::vector<sock_filter> program(header.instructions);
  std::memcpy(program.data(), rest.data() + key.size(), program.size() * sizeof(sock_filter));
  return program;
}

void SeccompCache::store(const std::string& key, const std::vector<sock_filter>& program) const {
  Header header{{}, key.size(), program.size(), checksum(bytes_of(program), checksum(key))};
  std::memcpy(header.magic, magic, sizeof magic);
  std::string text(reinterpret_cast<const char*>(&header), sizeof header);
  text += key;
  text += bytes_of(program);
  std::string path = directory_ + "/" + file_name(key), temporary = fmt::format("{}.{}", path, ::getpid());
  try {
    sys::mkdirs(directory_, 0700);
    Fd file = sys::openat(sys::cwd(), temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    sys::write_all(file, text);
    sys::renameat(sys::cwd(), temporary, sys::cwd(), path);
  } catch (const Error&) {
    ::unlink(temporary.c_str());
  }
}

}  // namespace ccocker::runtime
