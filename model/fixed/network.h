// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FIXED_NETWORK_H_
#define TACET_MODEL_FIXED_NETWORK_H_

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>

#include "dsp/realtime.h"
#include "model/arena.h"
#include "model/fixed/kernels.h"
#include "model/fixed/s5_layer.h"
#include "model/fixed/sigmoid.h"
#include "model/fixed/weights.h"

namespace tacet {

// What one channel remembers between tokens: the integer states of each layer.
class FixedState {
 public:
  explicit FixedState(
      const FixedWeights& weights,
      std::pmr::memory_resource* memory = std::pmr::get_default_resource());

  // All states to 0. Realtime-safe: yes.
  void Reset() noexcept TACET_REALTIME;

  // As NetworkState: floats, in the same order and the same units, so that
  // the float network can take them over. Exact: a state has 24 bits.
  size_t size() const { return size_; }
  void Export(const FixedWeights& weights,
              std::span<float> out) const noexcept TACET_REALTIME;
  // To the nearest integer, halves up, saturated: what Export wrote comes back
  // exactly. False, and nothing changes, where the size differs or a value is
  // not finite.
  bool Import(const FixedWeights& weights,
              std::span<const float> in) noexcept TACET_REALTIME;

  ArenaVector<FixedS5State>& layers() { return layers_; }
  const ArenaVector<FixedS5State>& layers() const { return layers_; }

 private:
  ArenaVector<FixedS5State> layers_;
  size_t size_;
};

// Room for one token of one channel; nothing in it lives on.
struct FixedScratch {
  explicit FixedScratch(
      const FixedWeights& weights,
      std::pmr::memory_resource* memory = std::pmr::get_default_resource());
  ArenaVector<int16_t> x;    // [H] the residual stream
  ArenaVector<int32_t> acc;  // [H] or [num_outputs]
  FixedS5Scratch layer;
};

// All that one channel of the integer network writes to, for InArena.
struct FixedArrays {
  FixedArrays(const FixedWeights& weights, std::pmr::memory_resource* memory);
  FixedState state;
  FixedScratch scratch;
  ArenaVector<int16_t> features;  // [num_features]
  ArenaVector<int16_t> outputs;   // [num_outputs] of the token in hand
};

// Takes one token through the integer network. No input can make it overflow.
//   features  [num_features], −32767..32767
//   outputs   [num_outputs], before the mask rule
// Thread: any. Realtime-safe: yes.
void StepFixedNetwork(const FixedWeights& weights, const FixedKernels& kernels,
                      const FixedSigmoid& sigmoid,
                      std::span<const int16_t> features, FixedState& state,
                      FixedScratch& scratch,
                      std::span<int16_t> outputs) noexcept TACET_REALTIME;

}  // namespace tacet

#endif  // TACET_MODEL_FIXED_NETWORK_H_
