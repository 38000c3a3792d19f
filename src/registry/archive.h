#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "loop/fd.h"
#include "registry/digest.h"

namespace ccocker::registry {

// Where a file of an archive lies.
struct ArchiveSlice {
  FdView file;
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

// The files of an image archive by name: an OCI layout directory, or a plain tar that can be seeked in, whose headers
// are read once (ustar, GNU and pax names; links between files, as older `docker save` writes them).
class ArchiveFiles {
 public:
  static ArchiveFiles of_directory(Fd dir) { return ArchiveFiles(std::move(dir), true); }
  // Errc::corrupt for what is not a tar.
  static ArchiveFiles of_tar(Fd tar);

  // Nullopt when there is no such regular file. Names cannot leave the archive.
  std::optional<ArchiveSlice> find(const std::string& name);
  // A whole small file; Errc::corrupt when it is longer than `bytes_max`, nullopt when it is not there.
  std::optional<std::string> read(const std::string& name, uint64_t bytes_max);

 private:
  ArchiveFiles(Fd fd, bool is_directory) : fd_(std::move(fd)), is_directory_(is_directory) {}
  void index();

  struct Entry {
    uint64_t offset = 0;
    uint64_t bytes = 0;
    std::string link;  // name of the file that this one is
  };
  Fd fd_;
  bool is_directory_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, Fd> opened_;
};

// manifest.json of `docker save`.
struct SavedImage {
  std::string config;
  std::vector<std::string> tags, layers;
};
constexpr size_t saved_images_max = 4096;
std::vector<SavedImage> parse_saved_images(std::string_view bytes);

}  // namespace ccocker::registry
