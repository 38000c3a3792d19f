#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Writes tars for tests, entry by entry, also ones that no tool would write.
struct TarEntry {
  std::string name;
  char type = '0';  // ustar: 0 file, 1 hard link, 2 symbolic link, 3 char, 4 block, 5 directory, 6 fifo
  std::string content = {};
  std::string link = {};
  unsigned mode = 0644;
  uint64_t uid = 0, gid = 0;
  uint64_t mtime = 1'600'000'000;
  unsigned major = 0, minor = 0;
  std::vector<std::pair<std::string, std::string>> pax = {};  // records of a pax header before it
};

class TarBuilder {
 public:
  TarBuilder& add(const TarEntry& entry);
  TarBuilder& dir(std::string name, unsigned mode = 0755) {
    return add({.name = std::move(name), .type = '5', .mode = mode});
  }
  TarBuilder& file(std::string name, std::string content = "x", unsigned mode = 0644) {
    return add({.name = std::move(name), .content = std::move(content), .mode = mode});
  }
  TarBuilder& symlink(std::string name, std::string target) {
    return add({.name = std::move(name), .type = '2', .link = std::move(target), .mode = 0777});
  }
  TarBuilder& hard_link(std::string name, std::string target) {
    return add({.name = std::move(name), .type = '1', .link = std::move(target)});
  }
  std::string end() const { return bytes_ + std::string(1024, '\0'); }
  const std::string& unended() const { return bytes_; }

 private:
  void header(const TarEntry& entry, std::string_view name, char type, uint64_t size);
  void padded(std::string_view content);
  std::string bytes_;
};

// `bytes` through a command like "gzip -9"; empty when the command is not installed.
std::string filtered(const std::string& command, const std::string& bytes);
