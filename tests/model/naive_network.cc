// SPDX-License-Identifier: Apache-2.0
#include "tests/model/naive_network.h"

#include <cmath>
#include <numbers>

namespace tacet {
namespace {

using Complex = std::complex<double>;

Row Times(const std::vector<Row>& w, const Row& x) {
  Row y;
  for (const Row& row : w) {
    double sum = 0;
    for (size_t c = 0; c < x.size(); ++c) sum += row[c] * x[c];
    y.push_back(sum);
  }
  return y;
}

double LogisticSigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double Gelu(double x) {
  return x / 2 *
         (1 + std::tanh(std::sqrt(2 / std::numbers::pi) *
                        (x + 0.044715 * std::pow(x, 3))));
}

}  // namespace

NaiveNetwork::NaiveNetwork(const RawFile& file)
    : file_(file),
      hidden_(std::stoul(file.metadata.at("hidden"))),
      num_states_(std::stoul(file.metadata.at("states"))),
      states_(std::stoul(file.metadata.at("layers")), ComplexRow(num_states_)) {
}

NaiveNetwork::Dense NaiveNetwork::Matrix(const std::string& name,
                                         size_t num_columns) const {
  const auto values = file_.Tensor(name + ".values").As<float>();
  const auto columns = file_.Tensor(name + ".columns").As<uint16_t>();
  const auto rows = file_.Tensor(name + ".rows").As<uint32_t>();
  Dense dense(rows.size() - 1, Row(num_columns, 0.0));
  for (size_t r = 0; r < dense.size(); ++r) {
    for (size_t i = rows[r]; i < rows[r + 1]; ++i) {
      dense[r][columns[i]] = values[i];
    }
  }
  return dense;
}

Row NaiveNetwork::Vector(const std::string& name) const {
  const auto values = file_.Tensor(name).As<float>();
  return Row(values.begin(), values.end());
}

NaiveLayerTrace NaiveNetwork::StepLayer(size_t index, const Row& x) {
  const std::string layer = "layers." + std::to_string(index) + ".";
  const bool relu = file_.metadata.at("activation") == "relu";
  const std::string gate_kind = file_.metadata.at("state_activation");
  NaiveLayerTrace trace;
  trace.input = x;

  const Row a_re = Vector(layer + "a_re"), a_im = Vector(layer + "a_im");
  const Row f_re = Vector(layer + "scale_re"),
            f_im = Vector(layer + "scale_im");
  const Row bb_re = Vector(layer + "b_bias_re");
  const Row bb_im = Vector(layer + "b_bias_im");
  const Row bx_re = Times(Matrix(layer + "b_re", hidden_), x);
  const Row bx_im = Times(Matrix(layer + "b_im", hidden_), x);
  ComplexRow& s = states_[index];
  Row r_re(num_states_), r_im(num_states_);
  for (size_t p = 0; p < num_states_; ++p) {
    const Complex v = Complex(f_re[p], f_im[p]) * (Complex(bx_re[p], bx_im[p]) +
                                                   Complex(bb_re[p], bb_im[p]));
    s[p] = Complex(a_re[p], a_im[p]) * s[p] + v;
    Complex r = s[p];
    if (gate_kind == "gate_re") {
      // Lexicographic max with 0.
      if (r.real() < 0 || (r.real() == 0 && r.imag() <= 0)) r = 0;
    } else if (gate_kind == "relu_parts") {
      r = Complex(std::fmax(r.real(), 0), std::fmax(r.imag(), 0));
    }
    r_re[p] = r.real();
    r_im[p] = r.imag();
  }
  trace.state = s;

  const Row c_re = Times(Matrix(layer + "c_re", num_states_), r_re);
  const Row c_im = Times(Matrix(layer + "c_im", num_states_), r_im);
  const Row d = Vector(layer + "d"), y_bias = Vector(layer + "y_bias");
  for (size_t h = 0; h < hidden_; ++h) {
    const double y = c_re[h] + c_im[h] + d[h] * x[h] + y_bias[h];
    trace.y.push_back(relu ? std::fmax(y, 0) : Gelu(y));
  }
  const Row gate = Times(Matrix(layer + "gate.weight", hidden_), trace.y);
  const Row gate_bias = Vector(layer + "gate.bias");
  for (size_t h = 0; h < hidden_; ++h) {
    const double out =
        trace.y[h] * LogisticSigmoid(gate[h] + gate_bias[h]) + x[h];
    trace.output.push_back(relu ? std::fmax(out, 0) : out);
  }
  return trace;
}

ComplexRow NaiveNetwork::Mask(const Row& o) const {
  const std::string rule = file_.metadata.at("mask");
  ComplexRow mask;
  for (size_t k = 0; k < 257; ++k) {
    if (rule == "one-plus") {
      mask.push_back(1 + o[k]);
    } else if (rule == "sigmoid") {
      mask.push_back(LogisticSigmoid(o[k]));
    } else {
      const Complex u(1 + o[257 + k], o[514 + k]);
      mask.push_back(std::polar(LogisticSigmoid(o[k]),
                                std::abs(u) < 1e-6 ? 0 : std::arg(u)));
    }
  }
  return mask;
}

NaiveTrace NaiveNetwork::Step(const Row& features) {
  const bool relu = file_.metadata.at("activation") == "relu";
  NaiveTrace trace;
  Row x = Times(Matrix("encoder.weight", features.size()), features);
  const Row encoder_bias = Vector("encoder.bias");
  for (size_t h = 0; h < hidden_; ++h) {
    x[h] += encoder_bias[h];
    if (relu) x[h] = std::fmax(x[h], 0);
  }
  trace.encoder = x;
  for (size_t i = 0; i < states_.size(); ++i) {
    trace.layers.push_back(StepLayer(i, x));
    x = trace.layers.back().output;
  }
  trace.outputs = Times(Matrix("decoder.weight", hidden_), x);
  const Row decoder_bias = Vector("decoder.bias");
  for (size_t k = 0; k < trace.outputs.size(); ++k) {
    trace.outputs[k] += decoder_bias[k];
  }
  trace.mask = Mask(trace.outputs);
  return trace;
}

}  // namespace tacet
