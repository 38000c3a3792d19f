#pragma once
#include <string>

#include "loop/fd.h"

namespace ccocker::cli {

// The file of --cidfile: made before the container, so that a name that is taken is told early; removed again unless an
// ID was written.
class CidFile {
 public:
  explicit CidFile(std::string path);  // "" does nothing; Errc::conflict when it exists
  CidFile(const CidFile&) = delete;
  CidFile& operator=(const CidFile&) = delete;
  ~CidFile();
  void write(const std::string& id);

 private:
  std::string path_;
  Fd file_;
  bool written_ = false;
};

}  // namespace ccocker::cli
