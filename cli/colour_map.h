// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_COLOUR_MAP_H_
#define TACET_CLI_COLOUR_MAP_H_

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace tacet {

// Colour of x in [0, 1] as 0xRRGGBB, from black over purple and orange to pale
// yellow. Brightness grows evenly with x, so that it also reads in grey and to
// colour-blind eyes.
// Source: nine points of matplotlib's "inferno" (Smith & van der Walt 2015,
// CC0), linear between them.
inline uint32_t ColourOf(double x) {
  constexpr std::array<std::array<double, 3>, 9> kPoints = {{{0, 0, 4},
                                                             {31, 12, 72},
                                                             {85, 15, 109},
                                                             {136, 34, 106},
                                                             {186, 54, 85},
                                                             {227, 89, 51},
                                                             {249, 140, 10},
                                                             {249, 201, 50},
                                                             {252, 255, 164}}};
  const double position = std::clamp(x, 0.0, 1.0) * (kPoints.size() - 1);
  const size_t i = std::min(static_cast<size_t>(position), kPoints.size() - 2);
  const double t = position - static_cast<double>(i);
  uint32_t colour = 0;
  for (size_t c = 0; c < 3; ++c) {
    const double value = (1 - t) * kPoints[i][c] + t * kPoints[i + 1][c];
    colour = colour << 8 | static_cast<uint32_t>(std::lround(value));
  }
  return colour;
}

}  // namespace tacet

#endif  // TACET_CLI_COLOUR_MAP_H_
