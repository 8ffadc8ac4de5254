// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/read_weights.h"

#include <limits>
#include <string>

#include "model/fixed/arithmetic.h"
#include "model/fixed/tensor_reader.h"

namespace tacet {
namespace {

constexpr int64_t kMaxAccumulator = std::numeric_limits<int32_t>::max();
constexpr int kLeastExponent = -16, kMostExponent = 30;
constexpr int kAnyInt8 = 127;
constexpr int64_t kAnyInt32 = int64_t{1} << 31;
// (2^15)²·(1 − 2^-13): a state's modulus falls to e^-1 of itself within 2^14
// tokens, 131 s, and to 0 within 36 minutes of nothing coming in.
constexpr int64_t kMaxPoleSquare = (int64_t{1} << 30) - (int64_t{1} << 17);

// Σ_i |w[row,i]|
int64_t SumOfModuli(const FixedMatrix& m, size_t row) {
  int64_t sum = 0;
  for (size_t i = m.rows[row]; i < m.rows[row + 1]; ++i) {
    sum += std::abs(int{m.values[i]});
  }
  return sum;
}

// Half a unit of the output, which rounding adds.
int64_t Half(int shift) { return shift == 0 ? 0 : int64_t{1} << (shift - 1); }

class NetworkReader {
 public:
  NetworkReader(const Safetensors& file, const ModelMetadata& metadata,
                const NetworkWeights& floats)
      : reader_(file), m_(metadata), floats_(floats) {}

  absl::StatusOr<FixedWeights> Read() {
    FixedWeights w;
    w.mask = m_.mask;
    w.state_activation = m_.state_activation;
    w.num_bins = m_.num_bins;
    w.num_features = m_.feature.num_features();
    w.hidden = m_.hidden;
    w.num_states = m_.num_states;
    w.state_bits = m_.fixed_state_bits;
    ReadExponents(&w);
    if (reader_.ok()) {
      w.encoder = Affine("encoder", floats_.encoder, w.feature_exponent,
                         [this](size_t) { return int{x_[0]}; });
    }
    for (int i = 0; i < m_.num_layers && reader_.ok(); ++i) {
      w.layers.push_back(Layer(i));
    }
    if (reader_.ok()) {
      w.decoder = Affine("decoder", floats_.decoder, x_[m_.num_layers],
                         [&](size_t row) { return DecoderExponent(w, row); });
    }
    if (reader_.ok()) reader_.RefuseUnknown(kFixedPrefix);
    if (!reader_.ok()) return reader_.status();
    return w;
  }

 private:
  static std::string Name(std::string_view rest) {
    return StrCat(kFixedPrefix, rest);
  }

  void ReadExponents(FixedWeights* w) {
    const auto exponents = [this](std::string_view name, uint64_t size) {
      return reader_.Vector<int8_t>(Name(name), size, kLeastExponent,
                                    kMostExponent);
    };
    const auto feature = exponents("feature_exponent", 1);
    const auto output =
        reader_.Vector<int8_t>(Name("output_exponent"), 1, 0, kSigmoidExponent);
    x_ = exponents("x_exponents", m_.num_layers + 1);
    r_ = exponents("r_exponents", m_.num_layers);
    y_ = exponents("y_exponents", m_.num_layers);
    if (!reader_.ok()) return;
    w->feature_exponent = feature[0];
    w->output_exponent = output[0];
  }

  int DecoderExponent(const FixedWeights& w, size_t row) const {
    const bool is_logit =
        m_.mask != MaskRule::kOnePlus && row < static_cast<size_t>(m_.num_bins);
    return is_logit ? kLogitExponent : w.output_exponent;
  }

  // NAME.weight and NAME.bias; output_exponent gives a row's.
  template <typename OutputExponent>
  FixedAffine Affine(const std::string& name, const CsrMatrix& structure,
                     int input_exponent, OutputExponent output_exponent) {
    FixedAffine a;
    const std::string weight = Name(name + ".weight");
    const uint64_t num_rows = structure.num_rows;
    a.weight = reader_.Matrix(weight, structure);
    const auto exponents =
        reader_.Vector<int8_t>(weight + ".exponents", num_rows, kAnyInt8);
    a.bias = reader_.Vector<int32_t>(Name(name + ".bias"), num_rows, kAnyInt32);
    for (size_t r = 0; r < num_rows && reader_.ok(); ++r) {
      const int shift = exponents[r] + input_exponent - output_exponent(r);
      a.shift.push_back(
          reader_.Shift(weight + ".exponents", r, shift, kMaxShift32));
      CheckAccumulator(weight, r,
                       kMaxActivation * SumOfModuli(a.weight, r) +
                           std::abs(int64_t{a.bias[r]}) + Half(a.shift[r]));
    }
    return a;
  }

  FixedS5Weights Layer(int index) {
    const std::string layer = Name(StrCat("layers.", index, "."));
    FixedS5Weights w;
    w.max_state = (int32_t{1} << (m_.fixed_state_bits - 1)) - 1;
    ReadPoles(layer, &w);
    ReadInput(layer, index, &w);
    if (reader_.ok()) ReadY(layer, index, &w);
    if (!reader_.ok()) return w;
    w.gate =
        Affine(StrCat("layers.", index, ".gate"), floats_.layers[index].gate,
               y_[index], [](size_t) { return kLogitExponent; });
    const int product = y_[index] + kSigmoidExponent;
    w.x_left_shift =
        reader_.Shift(Name("x_exponents"), index, product - x_[index], 31);
    w.out_shift = reader_.Shift(Name("x_exponents"), index + 1,
                                product - x_[index + 1], kMaxShift64);
    return w;
  }

  void ReadPoles(const std::string& layer, FixedS5Weights* w) {
    const uint64_t p = m_.num_states;
    w->a_re = reader_.Vector<int16_t>(layer + "a_re", p, kMaxFactor);
    w->a_im = reader_.Vector<int16_t>(layer + "a_im", p, kMaxFactor);
    for (size_t i = 0; i < p && reader_.ok(); ++i) {
      const int64_t re = w->a_re[i], im = w->a_im[i];
      if (re * re + im * im <= kMaxPoleSquare) continue;
      reader_.Refuse(layer + "a_re", "|a|^2 in state ", i, " is ",
                     re * re + im * im, ", expected at most ", kMaxPoleSquare);
    }
  }

  // B, its row factor, and the shifts into and out of the states.
  void ReadInput(const std::string& layer, int index, FixedS5Weights* w) {
    const S5Weights& floats = floats_.layers[index];
    const uint64_t p = m_.num_states;
    w->b_re = reader_.Matrix(layer + "b_re", floats.b_re);
    w->b_im = reader_.Matrix(layer + "b_im", floats.b_im);
    const auto b = reader_.Vector<int8_t>(layer + "b.exponents", p, kAnyInt8);
    w->b_bias_re = reader_.Vector<int32_t>(layer + "b_bias_re", p, kAnyInt32);
    w->b_bias_im = reader_.Vector<int32_t>(layer + "b_bias_im", p, kAnyInt32);
    w->scale_re = reader_.Vector<int16_t>(layer + "scale_re", p, kMaxFactor);
    w->scale_im = reader_.Vector<int16_t>(layer + "scale_im", p, kMaxFactor);
    const auto scale =
        reader_.Vector<int8_t>(layer + "scale_exponents", p, kAnyInt8);
    w->state_exponents =
        reader_.Vector<int8_t>(layer + "state_exponents", p, kAnyInt8);
    for (size_t i = 0; i < p && reader_.ok(); ++i) {
      const int s = w->state_exponents[i];
      w->v_shift.push_back(reader_.Shift(layer + "state_exponents", i,
                                         b[i] + x_[index] + scale[i] - s,
                                         kMaxShift64));
      w->r_shift.push_back(reader_.Shift(layer + "state_exponents", i,
                                         s - r_[index], kMaxShift32));
      CheckAccumulator(layer + "b_re", i,
                       kMaxActivation * SumOfModuli(w->b_re, i) +
                           std::abs(int64_t{w->b_bias_re[i]}));
      CheckAccumulator(layer + "b_im", i,
                       kMaxActivation * SumOfModuli(w->b_im, i) +
                           std::abs(int64_t{w->b_bias_im[i]}));
    }
  }

  void ReadY(const std::string& layer, int index, FixedS5Weights* w) {
    const S5Weights& floats = floats_.layers[index];
    const uint64_t h = m_.hidden;
    w->c_re = reader_.Matrix(layer + "c_re", floats.c_re);
    w->c_im = reader_.Matrix(layer + "c_im", floats.c_im);
    const auto c = reader_.Vector<int8_t>(layer + "c.exponents", h, kAnyInt8);
    w->d = reader_.Vector<int16_t>(layer + "d", h, kMaxFactor);
    const auto d = reader_.Vector<int8_t>(layer + "d_exponents", h, kAnyInt8);
    w->y_bias = reader_.Vector<int32_t>(layer + "y_bias", h, kAnyInt32);
    for (size_t i = 0; i < h && reader_.ok(); ++i) {
      const int acc = c[i] + r_[index];
      w->d_shift.push_back(reader_.Shift(layer + "d_exponents", i,
                                         d[i] + x_[index] - acc, kMaxShift32));
      w->y_shift.push_back(reader_.Shift(layer + "c.exponents", i,
                                         acc - y_[index], kMaxShift32));
      const int64_t product =
          (kMaxActivation * std::abs(int64_t{w->d[i]}) >> w->d_shift[i]) + 1;
      CheckAccumulator(
          layer + "c_re", i,
          kMaxActivation * (SumOfModuli(w->c_re, i) + SumOfModuli(w->c_im, i)) +
              product + std::abs(int64_t{w->y_bias[i]}) + Half(w->y_shift[i]));
    }
  }

  void CheckAccumulator(const std::string& tensor, size_t row, int64_t most) {
    if (!reader_.ok() || most <= kMaxAccumulator) return;
    reader_.Refuse(tensor, "accumulator of row ", row, " can reach ", most,
                   ", expected at most ", kMaxAccumulator);
  }

  FixedTensorReader reader_;
  const ModelMetadata& m_;
  const NetworkWeights& floats_;
  std::span<const int8_t> x_;  // [L + 1] exponents, likewise below
  std::span<const int8_t> r_;  // [L]
  std::span<const int8_t> y_;  // [L]
};

}  // namespace

absl::StatusOr<FixedWeights> ReadFixedWeights(const Safetensors& file,
                                              const ModelMetadata& metadata,
                                              const NetworkWeights& weights) {
  return NetworkReader(file, metadata, weights).Read();
}

}  // namespace tacet
