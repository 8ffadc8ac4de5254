// SPDX-License-Identifier: Apache-2.0
#include "tests/model/golden.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <span>

#include "model/feature.h"
#include "model/mask.h"
#include "model/s5_layer.h"
#include "model/str_cat.h"

namespace tacet {
namespace {

// A golden tensor [T, width], or none.
struct Table {
  std::string name;
  std::span<const float> values;
  size_t width = 0;
  size_t num_rows = 0;

  std::span<const float> row(size_t t) const {
    return values.subspan(t * width, width);
  }
  double largest() const {
    double largest = 0;
    for (float v : values) largest = std::max(largest, std::abs(double{v}));
    return largest;
  }
};

class Comparison {
 public:
  Comparison(const Model& model, const Safetensors& golden)
      : model_(model), golden_(golden) {}

  GoldenReport Run() {
    const ModelMetadata& m = model_.metadata();
    CompareFeatures();
    CompareEncoder();
    for (int i = 0; i < m.num_layers; ++i) CompareLayer(i);
    CompareDecoder();
    CompareMask();
    if (report_.num_near_gates > kMaxNearGate * report_.num_gates) {
      Fail(StrCat(report_.num_near_gates, " of ", report_.num_gates,
                  " states are too near the gate's edge"));
    }
    if (report_.num_tokens_left_out > kMaxLeftOut * report_.num_layer_tokens) {
      Fail(StrCat(report_.num_tokens_left_out, " of ", report_.num_layer_tokens,
                  " tokens are left out"));
    }
    return report_;
  }

 private:
  void Fail(std::string line) { report_.failures.push_back(std::move(line)); }

  Table Get(const std::string& name, size_t width) {
    const auto values = golden_.Get<float>(name, {Safetensors::kAny, width});
    if (!values.ok()) {
      Fail(values.status().ToString());
      return {name, {}, width, 0};
    }
    Table table{name, *values, width, values->size() / width};
    if (num_tokens_ == 0) num_tokens_ = table.num_rows;
    if (table.num_rows != num_tokens_ || num_tokens_ == 0) {
      Fail(StrCat(name, " has ", table.num_rows, " tokens, expected ",
                  num_tokens_));
      table.num_rows = 0;
    }
    return table;
  }

  // Fails once per tensor, at its largest error. A NaN is an error too.
  void Compare(const Table& table, const std::vector<float>& found,
               const std::vector<bool>& left_out = {}) {
    // Its own tensor or its input is missing, which has failed already.
    if (table.num_rows == 0 || found.empty()) return;
    const double limit = kGoldenTolerance * table.largest();
    double worst = 0;
    size_t at = 0;
    for (size_t i = 0; i < table.values.size(); ++i) {
      if (!left_out.empty() && left_out[i / table.width]) continue;
      double error = std::abs(double{found[i]} - double{table.values[i]});
      if (std::isnan(error)) error = INFINITY;
      ++report_.num_values;
      if (error > worst) {
        worst = error;
        at = i;
      }
    }
    if (worst > limit) {
      Fail(StrCat(table.name, "[", at / table.width, ", ", at % table.width,
                  "] is ", found[at], ", expected ", table.values[at], " to ",
                  limit));
    }
  }

  void CompareFeatures() {
    const FeatureParams& params = model_.metadata().feature;
    const size_t width = params.num_features();
    const Table in = Get("noisy_magnitude", kNumModelBins);
    const Table out = Get("features", width);
    if (in.num_rows == 0) return;
    Table re, im;
    if (params.has_phase()) {
      re = Get("turn_re", kNumPhaseBins);
      im = Get("turn_im", kNumPhaseBins);
      if (re.num_rows * im.num_rows == 0) return;
    }
    Feature feature(params);
    std::vector<float> found(in.num_rows * width);
    std::vector<std::complex<float>> turn(params.has_phase() ? kNumPhaseBins
                                                             : 0);
    for (size_t t = 0; t < in.num_rows; ++t) {
      for (size_t k = 0; k < turn.size(); ++k) {
        turn[k] = {re.row(t)[k], im.row(t)[k]};
      }
      feature.Compute(in.row(t), std::span(found).subspan(t * width, width),
                      turn);
    }
    Compare(out, found);
  }

  void CompareEncoder() {
    const ModelMetadata& m = model_.metadata();
    const Table in = Get("features", m.feature.num_features());
    const Table out = Get("encoder", m.hidden);
    std::vector<float> found(in.num_rows * m.hidden);
    for (size_t t = 0; t < in.num_rows; ++t) {
      Multiply(model_.weights().encoder, in.row(t),
               model_.weights().encoder_bias,
               std::span(found).subspan(t * m.hidden, m.hidden));
    }
    for (float& v : found) v = ActivateResidual(m.activation, v);
    Compare(out, found);
  }

  // True where a gate near its edge falls the other way than the golden one.
  bool CompareGates(const Table& re, const Table& im, size_t t,
                    const S5State& state, double near) {
    bool differs = false;
    for (size_t p = 0; p < state.re.size(); ++p) {
      const float golden_re = re.row(t)[p], golden_im = im.row(t)[p];
      const bool is_near = std::abs(golden_re) < near;
      const bool expected = golden_re > 0 || (golden_re == 0 && golden_im > 0);
      const bool found =
          state.re[p] > 0 || (state.re[p] == 0 && state.im[p] > 0);
      ++report_.num_gates;
      report_.num_near_gates += is_near;
      if (found == expected) continue;
      if (is_near) {
        differs = true;
      } else {
        Fail(StrCat(re.name, "[", t, ", ", p, "]: gate differs"));
      }
    }
    return differs;
  }

  void CompareLayer(int i) {
    const ModelMetadata& m = model_.metadata();
    const std::string layer = StrCat("layers.", i, ".");
    const Table in = Get(layer + "input", m.hidden);
    const Table re = Get(layer + "state_re", m.num_states);
    const Table im = Get(layer + "state_im", m.num_states);
    const Table y = Get(layer + "y", m.hidden);
    const Table out = Get(layer + "output", m.hidden);
    const Table before =
        Get(i == 0 ? "encoder" : StrCat("layers.", i - 1, ".output"), m.hidden);
    Compare(in, {before.values.begin(), before.values.end()});
    if (in.num_rows * re.num_rows * im.num_rows == 0) return;

    S5State state(m.num_states);
    S5Scratch scratch(m.hidden, m.num_states);
    std::vector<float> found_re, found_im, found_y, found_out;
    std::vector<float> output(m.hidden);
    std::vector<bool> left_out(in.num_rows);
    const double near = kGoldenTolerance * re.largest();
    for (size_t t = 0; t < in.num_rows; ++t) {
      StepS5Layer(model_.weights().layers[i], m.activation, m.state_activation,
                  in.row(t), state, scratch, output);
      found_re.insert(found_re.end(), state.re.begin(), state.re.end());
      found_im.insert(found_im.end(), state.im.begin(), state.im.end());
      found_y.insert(found_y.end(), scratch.y.begin(), scratch.y.end());
      found_out.insert(found_out.end(), output.begin(), output.end());
      if (m.state_activation == StateActivation::kGateRe) {
        left_out[t] = CompareGates(re, im, t, state, near);
        report_.num_tokens_left_out += left_out[t];
        ++report_.num_layer_tokens;
      }
    }
    Compare(re, found_re);
    Compare(im, found_im);
    Compare(y, found_y, left_out);
    Compare(out, found_out, left_out);
  }

  void CompareDecoder() {
    const ModelMetadata& m = model_.metadata();
    const size_t width = m.num_outputs();
    const Table in =
        Get(StrCat("layers.", m.num_layers - 1, ".output"), m.hidden);
    const Table out = Get("outputs", width);
    std::vector<float> found(in.num_rows * width);
    for (size_t t = 0; t < in.num_rows; ++t) {
      Multiply(model_.weights().decoder, in.row(t),
               model_.weights().decoder_bias,
               std::span(found).subspan(t * width, width));
    }
    Compare(out, found);
  }

  void CompareMask() {
    const ModelMetadata& m = model_.metadata();
    const Table in = Get("outputs", m.num_outputs());
    const Table re = Get("mask_re", m.num_bins);
    const Table im = Get("mask_im", m.num_bins);
    std::vector<std::complex<float>> mask(m.num_bins);
    std::vector<float> found_re, found_im;
    for (size_t t = 0; t < in.num_rows; ++t) {
      MaskFromOutputs(m.mask, in.row(t), mask);
      for (const std::complex<float>& value : mask) {
        found_re.push_back(value.real());
        found_im.push_back(value.imag());
      }
    }
    Compare(re, found_re);
    Compare(im, found_im);
  }

  const Model& model_;
  const Safetensors& golden_;
  size_t num_tokens_ = 0;
  GoldenReport report_;
};

}  // namespace

GoldenReport CompareWithGolden(const Model& model, const Safetensors& golden) {
  return Comparison(model, golden).Run();
}

}  // namespace tacet
