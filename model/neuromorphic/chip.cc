// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/chip.h"

#include <cmath>

#include "model/str_cat.h"

namespace tacet {
namespace {

constexpr double kMaxTimeNs = 1e6;
constexpr double kMaxEnergyPj = 1e6;
constexpr double kMaxPowerMw = 1e5;
// Keeps tables that are indexed by cores and links small.
constexpr double kMaxMeshSide = 64;
constexpr double kMaxCores = 4096;

constexpr ChipField kFields[] = {
    {"mesh_columns", &Chip::mesh_columns, true, 1, kMaxMeshSide},
    {"mesh_rows", &Chip::mesh_rows, true, 1, kMaxMeshSide},
    {"cores_per_router", &Chip::cores_per_router, true, 1, 64},
    {"num_cores", &Chip::num_cores, true, 1, kMaxCores},
    {"neurons_per_core", &Chip::neurons_per_core, true, 1, 65536},
    {"neuron_state_bytes", &Chip::neuron_state_bytes, true, 1, 65536},
    {"core_memory_bytes", &Chip::core_memory_bytes, true, 1, 1e9},
    {"synapse_memory_bytes", &Chip::synapse_memory_bytes, true, 1, 1e9},
    {"max_fan_in", &Chip::max_fan_in, true, 1, 1e6},
    {"max_fan_out", &Chip::max_fan_out, true, 1, 1e6},
    {"weight_bits", &Chip::weight_bits, true, 1, 64},
    {"message_bits", &Chip::message_bits, true, 1, 64},
    {"sparse_synapse_bits", &Chip::sparse_synapse_bits, true, 1, 256},
    {"dense_synapse_bits", &Chip::dense_synapse_bits, true, 1, 256},
    {"list_header_bits", &Chip::list_header_bits, true, 0, 4096},
    {"memory_word_bits", &Chip::memory_word_bits, true, 1, 4096},
    {"synapse_ns", &Chip::synapse_ns, false, 0, kMaxTimeNs},
    {"memory_read_ns", &Chip::memory_read_ns, false, 0, kMaxTimeNs},
    {"neuron_ns", &Chip::neuron_ns, false, 0, kMaxTimeNs},
    {"neuron_idle_ns", &Chip::neuron_idle_ns, false, 0, kMaxTimeNs},
    {"spike_ns", &Chip::spike_ns, false, 0, kMaxTimeNs},
    {"message_ns", &Chip::message_ns, false, 0, kMaxTimeNs},
    {"receive_ns", &Chip::receive_ns, false, 0, kMaxTimeNs},
    {"hop_ns", &Chip::hop_ns, false, 0, kMaxTimeNs},
    {"hop_vertical_ns", &Chip::hop_vertical_ns, false, 0, kMaxTimeNs},
    {"barrier_ns", &Chip::barrier_ns, false, 0, kMaxTimeNs},
    {"synapse_pj", &Chip::synapse_pj, false, 0, kMaxEnergyPj},
    {"memory_read_pj", &Chip::memory_read_pj, false, 0, kMaxEnergyPj},
    {"neuron_pj", &Chip::neuron_pj, false, 0, kMaxEnergyPj},
    {"neuron_idle_pj", &Chip::neuron_idle_pj, false, 0, kMaxEnergyPj},
    {"spike_pj", &Chip::spike_pj, false, 0, kMaxEnergyPj},
    {"message_pj", &Chip::message_pj, false, 0, kMaxEnergyPj},
    {"hop_pj", &Chip::hop_pj, false, 0, kMaxEnergyPj},
    {"hop_vertical_pj", &Chip::hop_vertical_pj, false, 0, kMaxEnergyPj},
    {"static_mw", &Chip::static_mw, false, 0, kMaxPowerMw},
};

absl::Status Refuse(const Chip& chip, const ChipField& field, double found,
                    const std::string& expected) {
  return absl::InvalidArgumentError(StrCat("chip ", chip.name, ": ", field.name,
                                           " is ", found, ", expected ",
                                           expected));
}

absl::Status CheckField(const Chip& chip, const ChipField& field) {
  const Quantity& q = chip.*field.member;
  for (const double v : q.range) {
    // Written so that what is no number fails too.
    if (!(v >= field.least && v <= field.most)) {
      return Refuse(chip, field, v, StrCat(field.least, " to ", field.most));
    }
  }
  if (q[kLow] > q[kValue]) {
    return Refuse(chip, field, q[kValue], StrCat("at least its low ", q[kLow]));
  }
  if (q[kHigh] < q[kValue]) {
    return Refuse(chip, field, q[kValue],
                  StrCat("at most its high ", q[kHigh]));
  }
  if (field.is_limit &&
      (q[kLow] != q[kHigh] || std::floor(q[kLow]) != q[kLow])) {
    return Refuse(chip, field, q[kValue], "a whole number without a range");
  }
  if (q.source.empty()) {
    return absl::InvalidArgumentError(StrCat(
        "chip ", chip.name, ": ", field.name, " has no source, expected one"));
  }
  return absl::OkStatus();
}

}  // namespace

std::span<const ChipField> ChipFields() { return kFields; }

absl::Status ValidateChip(const Chip& chip) {
  for (const ChipField& field : kFields) {
    absl::Status status = CheckField(chip, field);
    if (!status.ok()) return status;
  }
  const double places = chip.mesh_columns.value() * chip.mesh_rows.value() *
                        chip.cores_per_router.value();
  if (chip.num_cores.value() > places) {
    return absl::InvalidArgumentError(
        StrCat("chip ", chip.name, ": num_cores is ", chip.num_cores.value(),
               ", expected at most ", places, ", the places on the mesh"));
  }
  return absl::OkStatus();
}

}  // namespace tacet
