// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CONFIG_SUGGESTION_H_
#define TACET_CONFIG_SUGGESTION_H_

#include <string>
#include <string_view>
#include <vector>

namespace tacet {

// Smallest number of characters to insert, delete, replace or swap with their
// neighbour to get from `a` to `b` (optimal string alignment).
int EditDistance(std::string_view a, std::string_view b);

// The candidate nearest to `word` if it is near enough to be meant: at most a
// third of the longer word differs. Empty: none.
std::string Suggestion(std::string_view word,
                       const std::vector<std::string>& candidates);

}  // namespace tacet

#endif  // TACET_CONFIG_SUGGESTION_H_
