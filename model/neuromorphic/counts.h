// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NEUROMORPHIC_COUNTS_H_
#define TACET_MODEL_NEUROMORPHIC_COUNTS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/realtime.h"

namespace tacet {

// What one core does for one token.
struct CoreCounts {
  uint32_t num_synapses = 0;  // synaptic operations
  uint32_t num_reads = 0;     // words of synaptic memory
  uint32_t num_received = 0;  // messages
  uint32_t num_sent = 0;      // messages, one for each destination core
  uint32_t num_spiking = 0;   // neurons that sent
  uint32_t num_neurons = 0;   // neurons updated

  friend bool operator==(const CoreCounts&, const CoreCounts&) = default;
};

// What one token costs, counted where it happens.
struct TokenCounts {
  TokenCounts(int num_groups, int num_cores, size_t num_links)
      : cores(num_cores),
        links(static_cast<size_t>(num_groups) * num_links),
        values(num_groups + 1),
        num_links(num_links) {}

  // Messages of a group's step over each link.  [num_links]
  std::span<uint32_t> Links(int group) noexcept TACET_REALTIME {
    return std::span(links).subspan(group * num_links, num_links);
  }
  std::span<const uint32_t> Links(int group) const noexcept TACET_REALTIME {
    return std::span(links).subspan(group * num_links, num_links);
  }

  // Realtime-safe: yes.
  void Clear() noexcept TACET_REALTIME {
    std::ranges::fill(cores, CoreCounts{});
    std::ranges::fill(links, 0u);
    std::ranges::fill(values, 0u);
  }

  std::vector<CoreCounts> cores;
  std::vector<uint32_t> links;   // [groups × num_links]
  std::vector<uint32_t> values;  // [1 + groups] sent, not 0; first the features
  size_t num_links;
};

}  // namespace tacet

#endif  // TACET_MODEL_NEUROMORPHIC_COUNTS_H_
