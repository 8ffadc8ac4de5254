// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TESTS_MODEL_FIXED_RANDOM_TOKENS_H_
#define TACET_TESTS_MODEL_FIXED_RANDOM_TOKENS_H_

#include <cstdint>
#include <random>
#include <vector>

namespace tacet {

using Tokens = std::vector<std::vector<int16_t>>;

// Features of num_tokens tokens: loud, quiet and none in turn.
inline Tokens RandomTokens(int num_tokens, int num_features) {
  std::mt19937 engine(1);
  Tokens tokens;
  for (int t = 0; t < num_tokens; ++t) {
    const int limit = t % 50 < 5 ? 0 : t % 3 == 0 ? 32767 : 3000;
    std::vector<int16_t>& features = tokens.emplace_back(num_features);
    for (int16_t& f : features) {
      f = static_cast<int16_t>(static_cast<int>(engine() % (limit + 1)));
    }
  }
  return tokens;
}

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_FIXED_RANDOM_TOKENS_H_
