// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_BLOCK_BLOCK_SIZE_H_
#define TACET_MODEL_BLOCK_BLOCK_SIZE_H_

namespace tacet {

// Tokens of a block: a row of as many 16-bit integers fills a vector of 64
// bytes, one of floats two, and the rows of x fit the first-level cache.
inline constexpr int kBlockTokens = 32;
// Rows and columns come in tiles of 8.
constexpr int RoundUpTo8(int n) { return (n + 7) / 8 * 8; }

}  // namespace tacet

#endif  // TACET_MODEL_BLOCK_BLOCK_SIZE_H_
