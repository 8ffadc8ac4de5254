// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_BLOCK_BLOCK_ESTIMATOR_H_
#define TACET_MODEL_BLOCK_BLOCK_ESTIMATOR_H_

#include <algorithm>
#include <cassert>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "model/block/aligned_array.h"
#include "model/block/block_size.h"
#include "model/mask_estimator.h"

namespace tacet {

// A backend for files: it lets tokens wait until the first of them is
// collected, and then runs all of them at once. The masks are those of the
// backend that goes token by token, delay_hops() hops later; what a token costs
// comes in one piece every 31 hops, so that this is nothing for live sound.
// The state lies in the middle of a block and is not handed over.
//
// Network takes n <= kBlockTokens tokens [n][padded_features()] of its Value in
// turn, writes outputs [n][padded_outputs()], and tells in bit t of the result
// whether token t has an answer.
template <typename Network>
class BlockEstimator final : public MaskEstimator {
 public:
  using Value = typename Network::Value;
  // 0.24 s, whole samples at every rate that is a multiple of 25 Hz: then the
  // output at a rate that is converted is the same too. A block has 31 tokens.
  static constexpr int kDelayHops = 30;
  static_assert(kDelayHops < kBlockTokens);

  explicit BlockEstimator(Network network)
      : network_(std::move(network)),
        features_(size_t{kBlockTokens} * network_.padded_features()),
        outputs_(size_t{kBlockTokens} * network_.padded_outputs()) {}

  const FrontEndId& front_end() const override { return network_.front_end(); }
  int num_features() const override { return network_.num_features(); }
  MaskKind mask_kind() const override { return network_.mask_kind(); }
  int delay_hops() const override { return kDelayHops; }

  bool Submit(std::span<const float> features) noexcept
      TACET_REALTIME override {
    assert(features.size() == static_cast<size_t>(num_features()));
    const auto is_finite = [](float f) { return std::isfinite(f); };
    if (num_waiting_ == kBlockTokens ||
        !std::ranges::all_of(features, is_finite)) {
      return false;
    }
    network_.Take(features,
                  features_.data() + num_waiting_ * network_.padded_features());
    ++num_waiting_;
    return true;
  }

  bool Collect(std::span<std::complex<float>> mask) noexcept
      TACET_REALTIME override {
    assert(mask.size() == static_cast<size_t>(kNumModelBins));
    if (next_answer_ == num_answers_) {
      if (num_waiting_ == 0) return false;
      answered_ = network_.Run(features_.data(), num_waiting_, outputs_.data());
      num_answers_ = std::exchange(num_waiting_, 0);
      next_answer_ = 0;
    }
    const int token = next_answer_++;
    if ((answered_ >> token & 1) == 0) return false;
    network_.Mask(outputs_.data() + token * network_.padded_outputs(), mask);
    return true;
  }

  void Reset() noexcept TACET_REALTIME override {
    network_.Reset();
    num_waiting_ = num_answers_ = next_answer_ = 0;
  }

  size_t state_size() const override { return 0; }
  void ExportState(std::span<float>) const noexcept TACET_REALTIME override {}
  bool ImportState(std::span<const float> state) noexcept
      TACET_REALTIME override {
    return state.empty();
  }
  // Of a token in a block: not a bound for one that is collected.
  double worst_case_seconds() const override { return 0; }

 private:
  Network network_;
  AlignedArray<Value> features_;  // [kBlockTokens][padded_features]
  AlignedArray<Value> outputs_;   // [kBlockTokens][padded_outputs]
  uint32_t answered_ = 0;         // bit t: token t of outputs_
  int num_waiting_ = 0;           // tokens in features_
  int num_answers_ = 0;           // tokens in outputs_
  int next_answer_ = 0;
};

}  // namespace tacet

#endif  // TACET_MODEL_BLOCK_BLOCK_ESTIMATOR_H_
