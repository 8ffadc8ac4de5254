// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NEUROMORPHIC_CHIP_H_
#define TACET_MODEL_NEUROMORPHIC_CHIP_H_

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace tacet {

// Every price is known as a range. All results are computed three times: with
// the low ends, the values, and the high ends.
enum Scenario { kLow, kValue, kHigh };
inline constexpr int kNumScenarios = 3;
using Range = std::array<double, kNumScenarios>;

// One number of a chip, and who says so.
struct Quantity {
  Range range = {};    // low <= value <= high
  std::string source;  // for a price that nobody published: why it is assumed

  double operator[](int scenario) const { return range[scenario]; }
  double value() const { return range[kValue]; }
};

// What the simulator knows of a chip of many cores on a two-dimensional mesh.
// docs/neuromorphic.md says how each number is used. A price of 0 is free.
struct Chip {
  std::string name;
  std::string note;

  // Limits; whole numbers.
  Quantity mesh_columns, mesh_rows, cores_per_router, num_cores;
  Quantity neurons_per_core, neuron_state_bytes;
  Quantity core_memory_bytes, synapse_memory_bytes;
  Quantity max_fan_in, max_fan_out;  // axons of a core
  Quantity weight_bits, message_bits;
  // How a list of synapses is laid out in words.
  Quantity sparse_synapse_bits, dense_synapse_bits, list_header_bits;
  Quantity memory_word_bits;

  // Nanoseconds.
  Quantity synapse_ns, memory_read_ns, neuron_ns, neuron_idle_ns;
  Quantity spike_ns;    // more for a neuron that sends
  Quantity message_ns;  // core to its router, each destination core
  Quantity receive_ns;  // router to core
  Quantity hop_ns, hop_vertical_ns;  // router to router
  Quantity barrier_ns;
  // Picojoules and milliwatts.
  Quantity synapse_pj, memory_read_pj, neuron_pj, neuron_idle_pj, spike_pj;
  Quantity message_pj, hop_pj, hop_vertical_pj;
  Quantity static_mw;

  int columns() const { return static_cast<int>(mesh_columns.value()); }
  int rows() const { return static_cast<int>(mesh_rows.value()); }
  int cores() const { return static_cast<int>(num_cores.value()); }
};

// Where a quantity of that name is in a Chip, and what it may be.
struct ChipField {
  std::string_view name;
  Quantity Chip::*member;
  bool is_limit;  // a whole number without a range
  double least, most;
};

// All of them, in the order of the struct.
std::span<const ChipField> ChipFields();

// Errors: InvalidArgument, one line: chip, quantity, found, expected.
absl::Status ValidateChip(const Chip& chip);

}  // namespace tacet

#endif  // TACET_MODEL_NEUROMORPHIC_CHIP_H_
