#pragma once
#include <string>
#include <vector>

namespace ccocker::cli {

// Rows of cells aligned in columns as Docker prints them: each column as wide as its widest cell plus three spaces and
// at least ten, the last one unpadded.
class Table {
 public:
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string str() const;

 private:
  std::vector<size_t> widths() const;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace ccocker::cli
