// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_ACTIVATION_PROBE_H_
#define TACET_CLI_ACTIVATION_PROBE_H_

#include <complex>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/mask_estimator.h"
#include "model/network.h"

namespace tacet {

// Zeros among the numbers that are multiplied by a matrix.
struct ActivationCount {
  int64_t num_values = 0;
  int64_t num_zeros = 0;
  double Sparsity() const {
    return num_values == 0 ? 0.0
                           : static_cast<double>(num_zeros) /
                                 static_cast<double>(num_values);
  }
};

// What one matrix was multiplied by.
struct MatrixActivity {
  std::string name;         // as in the model file
  int64_t num_weights = 0;  // kept ones
  ActivationCount inputs;
  int64_t num_macs = 0;  // of weights whose input was not 0
};

struct ActivationCounts {
  // Of all layers together; the letters of model/s5_layer.h.
  ActivationCount x, r, y;
  std::vector<MatrixActivity> matrices;  // in the order of a token's way
  int64_t num_tokens = 0;

  // Multiply-accumulates a token: of all kept weights, and of those alone that
  // meet an input that is not 0.
  double MacsPerToken() const;
  double EffectiveMacsPerToken() const;
};

// The float network with an eye on its activations, to measure how sparse they
// are. It is no backend to denoise with: the mask is 1.
class ActivationProbe final : public MaskEstimator {
 public:
  // counts outlives it, and counts for one probe at a time.
  ActivationProbe(std::shared_ptr<const Model> model, ActivationCounts* counts);

  const FrontEndId& front_end() const override;
  int num_features() const override {
    return model_->metadata().feature.num_features();
  }
  MaskKind mask_kind() const override { return MaskKind::kReal; }
  bool Submit(std::span<const float> features) noexcept override;
  bool Collect(std::span<std::complex<float>> mask) noexcept override;
  void Reset() noexcept override { state_.Reset(); }
  size_t state_size() const override { return state_.size(); }
  void ExportState(std::span<float> state) const noexcept override {
    state_.Export(state);
  }
  bool ImportState(std::span<const float> state) noexcept override {
    return state_.Import(state);
  }
  double worst_case_seconds() const override { return 0.0; }

 private:
  // One matrix of the model, and how many weights each column of it has.
  struct Watched {
    size_t index;  // in counts_.matrices
    std::vector<int32_t> weights_of_column;
  };

  Watched Watch(std::string name, const CsrMatrix& matrix);
  void See(const Watched& watched, std::span<const float> input);

  std::shared_ptr<const Model> model_;
  ActivationCounts& counts_;
  std::vector<Watched> watched_;  // encoder, five a layer, decoder
  NetworkState state_;
  NetworkScratch scratch_;
};

}  // namespace tacet

#endif  // TACET_CLI_ACTIVATION_PROBE_H_
