// SPDX-License-Identifier: Apache-2.0
// One 64-bit hash for every stage of the integer network, the twin of
// training/fixed.py's digest(): Σ_i w_i·v_i mod 2^64 over all values of all
// tokens in order, with w_i the odd output of SplitMix64 at i. One value that
// differs always changes it.
#ifndef TACET_TESTS_MODEL_FIXED_STAGE_HASH_H_
#define TACET_TESTS_MODEL_FIXED_STAGE_HASH_H_

#include <bit>
#include <complex>
#include <cstdint>
#include <cstdio>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "model/fixed/kernels.h"
#include "model/fixed/network.h"

namespace tacet {

class StageHash {
 public:
  void Add(int64_t value) {
    uint64_t z = ++count_ * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    sum_ += ((z ^ (z >> 31)) | 1) * static_cast<uint64_t>(value);
  }
  template <typename Values>
  void AddAll(const Values& values) {
    for (const auto value : values) Add(value);
  }
  std::string Text() const {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx",
                  static_cast<unsigned long long>(sum_));
    return text;
  }

 private:
  uint64_t count_ = 0, sum_ = 0;
};

using StageHashes = std::map<std::string, StageHash>;

// What the network's end leaves: its outputs, and the mask by the bits of its
// floats.
inline void HashOutputs(const FixedWeights& weights,
                        const FixedKernels& kernels,
                        const FixedSigmoid& sigmoid,
                        std::span<const int16_t> outputs, StageHashes* hashes) {
  std::vector<std::complex<float>> mask(weights.num_bins);
  kernels.mask(weights.mask, weights.output_exponent, sigmoid, outputs, mask);
  (*hashes)["outputs"].AddAll(outputs);
  for (const std::complex<float> m : mask) {
    (*hashes)["mask"].Add(std::bit_cast<int32_t>(m.real()));
    (*hashes)["mask"].Add(std::bit_cast<int32_t>(m.imag()));
  }
}

inline void PrintHashes(const StageHashes& hashes) {
  for (const auto& [stage, hash] : hashes) {
    std::printf("%s %s\n", stage.c_str(), hash.Text().c_str());
  }
}

// Walks the network stage by stage, with the functions that StepFixedNetwork
// is made of, and hashes what each leaves.
class StageHasher {
 public:
  StageHasher(const FixedWeights& weights, const FixedKernels& kernels)
      : weights_(weights),
        kernels_(kernels),
        state_(weights),
        scratch_(weights),
        outputs_(weights.decoder.bias.size()) {}

  void Step(std::span<const int16_t> features) {
    const std::span<int32_t> acc(scratch_.acc);
    const std::span<int16_t> x = scratch_.x;
    ApplyRelu(weights_.encoder, kernels_, features, acc.first(x.size()), x);
    hashes_["encoder"].AddAll(x);
    for (size_t i = 0; i < weights_.layers.size(); ++i) {
      const std::string layer = "layers." + std::to_string(i) + ".";
      const FixedS5State& state = state_.layers()[i];
      const FixedS5Scratch& scratch = scratch_.layer;
      StepFixedS5Layer(weights_.layers[i], kernels_, sigmoid_,
                       weights_.state_activation, x, state_.layers()[i],
                       scratch_.layer, x);
      hashes_[layer + "state_re"].AddAll(state.re);
      hashes_[layer + "state_im"].AddAll(state.im);
      hashes_[layer + "r_re"].AddAll(scratch.r_re);
      hashes_[layer + "r_im"].AddAll(scratch.r_im);
      hashes_[layer + "y"].AddAll(scratch.y);
      hashes_[layer + "gate"].AddAll(scratch.gate);
      hashes_[layer + "x"].AddAll(x);
    }
    Apply(weights_.decoder, kernels_, x, acc.first(outputs_.size()), outputs_);
    HashOutputs(weights_, kernels_, sigmoid_, outputs_, &hashes_);
  }

  const std::vector<int16_t>& outputs() const { return outputs_; }
  const StageHashes& hashes() const { return hashes_; }

 private:
  const FixedWeights& weights_;
  const FixedKernels& kernels_;
  FixedSigmoid sigmoid_;
  FixedState state_;
  FixedScratch scratch_;
  std::vector<int16_t> outputs_;
  StageHashes hashes_;
};

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_FIXED_STAGE_HASH_H_
