// SPDX-License-Identifier: Apache-2.0
// A pseudo-random sequence that tells of every lost, doubled or changed sample.
#ifndef TACET_TESTS_DAEMON_NOISE_SEQUENCE_H_
#define TACET_TESTS_DAEMON_NOISE_SEQUENCE_H_

#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <unordered_map>
#include <vector>

namespace tacet {

// 16-bit samples, below a quarter of full scale and never 0.
inline std::vector<int16_t> NoiseSequence(int num_samples) {
  std::vector<int16_t> samples(num_samples);
  uint32_t state = 1;
  for (int16_t& sample : samples) {
    state = state * 1664525u + 1013904223u;
    sample = static_cast<int16_t>(static_cast<int>(state >> 18) - 8192);
    if (sample == 0) sample = 1;
  }
  return samples;
}

inline void WriteSamples(const std::string& path,
                         const std::vector<int16_t>& samples) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(samples.data()),
             static_cast<std::streamsize>(samples.size() * 2));
}

inline std::vector<int16_t> ToSamples(const std::vector<char>& bytes) {
  std::vector<int16_t> samples(bytes.size() / 2);
  std::memcpy(samples.data(), bytes.data(), samples.size() * 2);
  return samples;
}

// How much of the sequence was found, and how often it broke off.
struct SequenceMatch {
  int64_t num_matching = 0;  // samples in their place
  int64_t num_other = 0;     // samples between first and last that are not
  int num_breaks = 0;        // places where the sequence does not go on
};

// Follows the sequence through a recording, from `skip` samples after its first
// appearance. Four samples in a row say where in the sequence one is.
inline SequenceMatch FindSequence(const std::vector<int16_t>& sequence,
                                  const std::vector<int16_t>& recording,
                                  int64_t skip) {
  const auto key = [](const std::vector<int16_t>& x, size_t i) {
    uint64_t four;
    std::memcpy(&four, x.data() + i, sizeof(four));
    return four;
  };
  std::unordered_map<uint64_t, int64_t> places;
  for (size_t i = 0; i + 3 < sequence.size(); ++i) {
    places[key(sequence, i)] = static_cast<int64_t>(i);
  }
  const auto place_of = [&](size_t r) -> int64_t {
    if (r + 3 >= recording.size()) return -1;
    const auto it = places.find(key(recording, r));
    return it == places.end() ? -1 : it->second;
  };
  size_t r = 0;
  while (r < recording.size() && place_of(r) < 0) ++r;
  r += static_cast<size_t>(skip);
  SequenceMatch match;
  int64_t pending = 0;
  bool is_first = true;
  while (r < recording.size()) {
    int64_t place = place_of(r);
    if (place < 0) {
      ++pending;
      ++r;
      continue;
    }
    match.num_other += pending;
    if (!is_first) ++match.num_breaks;
    is_first = false;
    pending = 0;
    while (r < recording.size() &&
           place < static_cast<int64_t>(sequence.size()) &&
           recording[r] == sequence[place]) {
      ++match.num_matching;
      ++r;
      ++place;
    }
  }
  return match;
}

}  // namespace tacet

#endif  // TACET_TESTS_DAEMON_NOISE_SEQUENCE_H_
