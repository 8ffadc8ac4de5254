// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NETWORK_H_
#define TACET_MODEL_NETWORK_H_

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <span>

#include "dsp/realtime.h"
#include "model/arena.h"
#include "model/float_kernels.h"
#include "model/model.h"
#include "model/s5_layer.h"

namespace tacet {

// What one channel remembers between tokens: the complex state of each layer.
class NetworkState {
 public:
  explicit NetworkState(
      const Model& model,
      std::pmr::memory_resource* memory = std::pmr::get_default_resource());

  // All states to 0, as at the start of a stream. Realtime-safe: yes.
  void Reset() noexcept TACET_REALTIME;

  // Number of floats of Export and Import: 2·P·L.
  size_t size() const { return size_; }
  // Writes per layer Re s [P], then Im s [P].  out [size()]
  // Realtime-safe: yes.
  void Export(std::span<float> out) const noexcept TACET_REALTIME;
  // Reads what Export wrote. False, and nothing changes, where the size differs
  // or a value is not finite. Realtime-safe: yes.
  bool Import(std::span<const float> in) noexcept TACET_REALTIME;

  // False once an overflow has spoilt the state. Realtime-safe: yes.
  bool IsFinite() const noexcept TACET_REALTIME;

  ArenaVector<S5State>& layers() { return layers_; }
  const ArenaVector<S5State>& layers() const { return layers_; }

 private:
  ArenaVector<S5State> layers_;
  size_t size_;
};

// Room for one token of one channel; nothing in it lives on.
struct NetworkScratch {
  explicit NetworkScratch(
      const Model& model,
      std::pmr::memory_resource* memory = std::pmr::get_default_resource());
  ArenaVector<float> x;  // [H] the residual stream
  S5Scratch layer;
};

// All that one channel of the float network writes to, for InArena.
struct NetworkArrays {
  NetworkArrays(const Model& model, std::pmr::memory_resource* memory);
  NetworkState state;
  NetworkScratch scratch;
  ArenaVector<float> outputs;  // [num_outputs] of the token in hand
};

// The graph of docs/model-format.md in float; with the scalar kernels, the
// default, the reference for all backends.
// Weights are shared and constant; state and scratch are the caller's, so one
// Network serves any number of channels. Thread: any.
class Network {
 public:
  explicit Network(std::shared_ptr<const Model> model);
  // On other kernels; weights are the model's, prepared for them.
  Network(std::shared_ptr<const Model> model,
          std::shared_ptr<const NetworkWeights> weights,
          const FloatKernels& kernels);

  // Takes one token (one hop) through the network.
  //   features  [num_features]     outputs  [num_outputs], before the mask rule
  // Realtime-safe: yes.
  void Step(std::span<const float> features, NetworkState& state,
            NetworkScratch& scratch,
            std::span<float> outputs) const noexcept TACET_REALTIME;

  const Model& model() const { return *model_; }
  const FloatKernels& kernels() const { return kernels_; }

 private:
  std::shared_ptr<const Model> model_;
  std::shared_ptr<const NetworkWeights> weights_;  // views into model_
  const FloatKernels& kernels_;
};

}  // namespace tacet

#endif  // TACET_MODEL_NETWORK_H_
