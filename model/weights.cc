// SPDX-License-Identifier: Apache-2.0
#include "model/weights.h"

#include <cmath>
#include <set>

#include "absl/status/status.h"
#include "model/str_cat.h"

namespace tacet {
namespace {

template <typename... Parts>
absl::Status Error(std::string_view tensor, const Parts&... parts) {
  return absl::InvalidArgumentError(StrCat("tensor ", tensor, ": ", parts...));
}

absl::Status CheckFinite(std::string_view name, std::span<const float> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      return Error(name, "element ", i, " is ", values[i],
                   ", expected a finite number");
    }
  }
  return absl::OkStatus();
}

// 0 = rows[0] ≤ rows[1] ≤ … = nnz
absl::Status CheckRows(std::string_view name, const CsrMatrix& m) {
  if (m.rows.front() != 0) {
    return Error(name, "first entry ", m.rows.front(), ", expected 0");
  }
  for (int r = 0; r < m.num_rows; ++r) {
    if (m.rows[r + 1] < m.rows[r]) {
      return Error(name, "entry ", r + 1, " is ", m.rows[r + 1],
                   ", expected at least the ", m.rows[r], " before it");
    }
  }
  if (m.rows.back() != m.values.size()) {
    return Error(name, "last entry ", m.rows.back(), ", expected ",
                 m.values.size(), ", the number of values");
  }
  return absl::OkStatus();
}

absl::Status CheckColumns(std::string_view name, const CsrMatrix& m) {
  for (int r = 0; r < m.num_rows; ++r) {
    for (size_t i = m.rows[r]; i < m.rows[r + 1]; ++i) {
      if (m.columns[i] >= m.num_columns) {
        return Error(name, "column ", m.columns[i], " in row ", r,
                     ", expected < ", m.num_columns);
      }
      if (i > m.rows[r] && m.columns[i] <= m.columns[i - 1]) {
        return Error(name, "column ", m.columns[i], " after ", m.columns[i - 1],
                     " in row ", r, ", expected increasing columns");
      }
    }
  }
  return absl::OkStatus();
}

// Reads tensors one after the other, keeps the first error, and remembers what
// it has read, so that unknown tensors show up at the end.
class Reader {
 public:
  explicit Reader(const Safetensors& file) : file_(file) {}

  const absl::Status& status() const { return status_; }

  std::span<const float> Vector(const std::string& name, int size) {
    const auto values = Get<float>(name, size);
    Keep(CheckFinite(name, values));
    return values;
  }

  CsrMatrix Matrix(const std::string& name, int num_rows, int num_columns) {
    CsrMatrix m;
    m.num_rows = num_rows;
    m.num_columns = num_columns;
    m.values = Get<float>(name + ".values", Safetensors::kAny);
    m.columns = Get<uint16_t>(name + ".columns", m.values.size());
    m.rows = Get<uint32_t>(name + ".rows", uint64_t{1} + num_rows);
    if (!status_.ok()) return m;
    // The order matters: columns are walked along checked row pointers.
    Keep(CheckFinite(name + ".values", m.values));
    Keep(CheckRows(name + ".rows", m));
    if (status_.ok()) Keep(CheckColumns(name + ".columns", m));
    return m;
  }

  // Those of the prefix are another reader's (model/fixed/read_weights.h).
  void RefuseUnknown(std::string_view but_prefix) {
    for (const auto& [name, tensor] : file_.tensors()) {
      const bool is_other = !but_prefix.empty() && name.starts_with(but_prefix);
      if (!is_other && !seen_.contains(name)) {
        Keep(Error(Printable(name), "unknown, expected none of this name"));
      }
    }
  }

  void Keep(const absl::Status& status) { status_.Update(status); }

 private:
  template <typename T>
  std::span<const T> Get(const std::string& name, uint64_t size) {
    if (!status_.ok()) return {};
    seen_.insert(name);
    const auto values = file_.Get<T>(name, {size});
    if (values.ok()) return *values;
    Keep(values.status());
    return {};
  }

  const Safetensors& file_;
  absl::Status status_;
  std::set<std::string, std::less<>> seen_;
};

// In double, so that rounding cannot pass a modulus of 1 or more.
absl::Status CheckStable(std::string_view layer, const S5Weights& w) {
  for (size_t p = 0; p < w.a_re.size(); ++p) {
    const double modulus = std::hypot(double{w.a_re[p]}, double{w.a_im[p]});
    if (!(modulus < 1.0)) {
      return Error(StrCat(layer, "a_re"), "|a| = ", modulus, " in state ", p,
                   ", expected < 1");
    }
  }
  return absl::OkStatus();
}

S5Weights ReadLayer(Reader& reader, int index, const ModelMetadata& m) {
  const std::string layer = StrCat("layers.", index, ".");
  const auto vector = [&](std::string_view name, int size) {
    return reader.Vector(StrCat(layer, name), size);
  };
  const auto matrix = [&](std::string_view name, int rows, int columns) {
    return reader.Matrix(StrCat(layer, name), rows, columns);
  };
  S5Weights w;
  w.a_re = vector("a_re", m.num_states);
  w.a_im = vector("a_im", m.num_states);
  w.scale_re = vector("scale_re", m.num_states);
  w.scale_im = vector("scale_im", m.num_states);
  w.b_re = matrix("b_re", m.num_states, m.hidden);
  w.b_im = matrix("b_im", m.num_states, m.hidden);
  w.b_bias_re = vector("b_bias_re", m.num_states);
  w.b_bias_im = vector("b_bias_im", m.num_states);
  w.c_re = matrix("c_re", m.hidden, m.num_states);
  w.c_im = matrix("c_im", m.hidden, m.num_states);
  w.d = vector("d", m.hidden);
  w.y_bias = vector("y_bias", m.hidden);
  w.gate = matrix("gate.weight", m.hidden, m.hidden);
  w.gate_bias = vector("gate.bias", m.hidden);
  if (reader.status().ok()) reader.Keep(CheckStable(layer, w));
  return w;
}

}  // namespace

absl::StatusOr<NetworkWeights> ReadWeights(const Safetensors& file,
                                           const ModelMetadata& metadata) {
  Reader reader(file);
  NetworkWeights w;
  w.encoder = reader.Matrix("encoder.weight", metadata.hidden,
                            metadata.feature.num_features());
  w.encoder_bias = reader.Vector("encoder.bias", metadata.hidden);
  for (int i = 0; i < metadata.num_layers && reader.status().ok(); ++i) {
    w.layers.push_back(ReadLayer(reader, i, metadata));
  }
  w.decoder =
      reader.Matrix("decoder.weight", metadata.num_outputs(), metadata.hidden);
  w.decoder_bias = reader.Vector("decoder.bias", metadata.num_outputs());
  if (reader.status().ok()) {
    reader.RefuseUnknown(metadata.version == 2 ? kFixedPrefix : "");
  }
  if (!reader.status().ok()) return reader.status();
  return w;
}

std::vector<NamedMatrix> ListMatrices(const NetworkWeights& weights) {
  std::vector<NamedMatrix> list = {{"encoder.weight", weights.encoder}};
  for (size_t i = 0; i < weights.layers.size(); ++i) {
    const S5Weights& w = weights.layers[i];
    const std::string layer = StrCat("layers.", i, ".");
    list.push_back({layer + "b_re", w.b_re});
    list.push_back({layer + "b_im", w.b_im});
    list.push_back({layer + "c_re", w.c_re});
    list.push_back({layer + "c_im", w.c_im});
    list.push_back({layer + "gate.weight", w.gate});
  }
  list.push_back({"decoder.weight", weights.decoder});
  return list;
}

std::vector<NamedVector> ListVectors(const NetworkWeights& weights) {
  std::vector<NamedVector> list = {{"encoder.bias", weights.encoder_bias}};
  for (size_t i = 0; i < weights.layers.size(); ++i) {
    const S5Weights& w = weights.layers[i];
    const std::string layer = StrCat("layers.", i, ".");
    list.push_back({layer + "a_re", w.a_re});
    list.push_back({layer + "a_im", w.a_im});
    list.push_back({layer + "scale_re", w.scale_re});
    list.push_back({layer + "scale_im", w.scale_im});
    list.push_back({layer + "b_bias_re", w.b_bias_re});
    list.push_back({layer + "b_bias_im", w.b_bias_im});
    list.push_back({layer + "d", w.d});
    list.push_back({layer + "y_bias", w.y_bias});
    list.push_back({layer + "gate.bias", w.gate_bias});
  }
  list.push_back({"decoder.bias", weights.decoder_bias});
  return list;
}

}  // namespace tacet
