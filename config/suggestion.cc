// SPDX-License-Identifier: Apache-2.0
#include "config/suggestion.h"

#include <algorithm>

namespace tacet {

int EditDistance(std::string_view a, std::string_view b) {
  const size_t width = b.size() + 1;
  // Rows i - 2, i - 1 and i of the table of distances between prefixes.
  std::vector<int> before_last(width);
  std::vector<int> last(width);
  std::vector<int> row(width);
  for (size_t j = 0; j < width; ++j) row[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const int replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped =
          i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string Suggestion(std::string_view word,
                       const std::vector<std::string>& candidates) {
  // No key is longer; a hostile file's may be.
  constexpr size_t kMaxLength = 64;
  std::string nearest;
  if (word.size() > kMaxLength) return nearest;
  int least = static_cast<int>(kMaxLength);
  for (const std::string& candidate : candidates) {
    const int distance = EditDistance(word, candidate);
    const size_t longer = std::max(word.size(), candidate.size());
    if (distance >= least || distance * 3 > static_cast<int>(longer)) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace tacet
