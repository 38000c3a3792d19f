#pragma once
#include <linux/filter.h>

#include <optional>
#include <string>
#include <vector>

namespace ccocker::runtime {

// Compiled filters in files below a directory, each with the whole text it was made from: a hash that collides, a cut
// or damaged file read as absent.
class SeccompCache {
 public:
  explicit SeccompCache(std::string directory) : directory_(std::move(directory)) {}
  std::optional<std::vector<sock_filter>> load(const std::string& key) const;
  // What cannot be written is not kept.
  void store(const std::string& key, const std::vector<sock_filter>& program) const;

 private:
  std::string directory_;
};

}  // namespace ccocker::runtime
