#include "cli/table.h"

#include <algorithm>

#include "cli/text.h"

namespace ccocker::cli {

constexpr size_t column_width_min = 10, column_gap = 3;

std::vector<size_t> Table::widths() const {
  std::vector<size_t> widths;
  for (const std::vector<std::string>& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()), column_width_min);
    for (size_t i = 0; i + 1 < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]) + column_gap);
  }
  return widths;
}

std::string Table::str() const {
  std::vector<size_t> width = widths();
  std::string out;
  for (const std::vector<std::string>& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      if (i + 1 < row.size()) out.append(width[i] - columns(row[i]), ' ');
    }
    out += '\n';
  }
  return out;
}

}  // namespace ccocker::cli
