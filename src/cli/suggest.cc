#include "cli/suggest.h"

#include <algorithm>
#include <vector>

namespace ccocker::cli {

size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::vector<size_t>> cost(from.size() + 1, std::vector<size_t>(to.size() + 1));
  for (size_t i = 0; i <= from.size(); ++i) cost[i][0] = i;
  for (size_t j = 0; j <= to.size(); ++j) cost[0][j] = j;
  for (size_t i = 1; i <= from.size(); ++i) {
    for (size_t j = 1; j <= to.size(); ++j) {
      size_t replaced = cost[i - 1][j - 1] + (from[i - 1] != to[j - 1]);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replaced});
      bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[from.size()][to.size()];
}

std::string_view closest(std::string_view typed, std::span<const std::string_view> known) {
  constexpr size_t typed_bytes_max = 40;  // the table grows with the square, and nobody mistypes more than this
  if (typed.empty() || typed.size() > typed_bytes_max) return {};
  std::string_view best;
  size_t best_distance = typed.size() < 4 ? 2 : 3;  // one edit in a short word, two in a longer one
  for (std::string_view word : known) {
    size_t distance = edit_distance(typed, word);
    if (distance < best_distance) {
      best = word;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace ccocker::cli
