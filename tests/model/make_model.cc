// SPDX-License-Identifier: Apache-2.0
#include "tests/model/make_model.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <numbers>
#include <random>

#include "model/sha256.h"

namespace tacet {
namespace {

constexpr int kNumBins = 257;

// Not std::uniform_real_distribution, whose numbers differ between libraries.
class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  // In low..high.
  double Uniform(double low, double high) {
    return low + (high - low) * (engine_() / 4294967296.0);
  }
  std::vector<float> Vector(int size, double low, double high) {
    std::vector<float> values(size);
    for (float& v : values) v = static_cast<float>(Uniform(low, high));
    return values;
  }

 private:
  std::mt19937 engine_;
};

class Builder {
 public:
  explicit Builder(const ModelSpec& spec) : spec_(spec), random_(spec.seed) {}

  void Vector(const std::string& name, int size, double low, double high) {
    Add(name, random_.Vector(size, low, high));
  }

  void Bias(const std::string& name, int size) {
    Vector(name, size, -spec_.bias_scale, spec_.bias_scale);
  }

  // Row sums of squares are about 1, so that activations keep their size.
  void Matrix(const std::string& name, int num_rows, int num_columns) {
    const double largest =
        std::sqrt(3.0 / std::max(1.0, spec_.density * num_columns));
    std::vector<float> values;
    std::vector<uint16_t> columns;
    std::vector<uint32_t> rows = {0};
    for (int r = 0; r < num_rows; ++r) {
      for (int c = 0; c < num_columns; ++c) {
        if (random_.Uniform(0, 1) >= spec_.density) continue;
        values.push_back(
            static_cast<float>(random_.Uniform(-largest, largest)));
        columns.push_back(static_cast<uint16_t>(c));
      }
      rows.push_back(static_cast<uint32_t>(values.size()));
    }
    Add(name + ".values", values);
    Add(name + ".columns", columns);
    Add(name + ".rows", rows);
  }

  // |a| in 0.5..0.99
  void Poles(const std::string& layer, int num_states) {
    std::vector<float> re, im;
    for (int p = 0; p < num_states; ++p) {
      const double modulus = random_.Uniform(0.5, 0.99);
      const double angle = random_.Uniform(0, std::numbers::pi);
      re.push_back(static_cast<float>(modulus * std::cos(angle)));
      im.push_back(static_cast<float>(modulus * std::sin(angle)));
    }
    Add(layer + "a_re", re);
    Add(layer + "a_im", im);
  }

  std::vector<RawTensor> TakeTensors() {
    std::ranges::stable_sort(tensors_, {}, [](const RawTensor& t) {
      return t.dtype == "F32" ? 0 : t.dtype == "U32" ? 1 : 2;
    });
    return std::move(tensors_);
  }

 private:
  template <typename T>
  void Add(const std::string& name, const std::vector<T>& values) {
    RawTensor tensor;
    tensor.name = name;
    tensor.dtype = std::is_same_v<T, float>      ? "F32"
                   : std::is_same_v<T, uint32_t> ? "U32"
                                                 : "U16";
    tensor.Set(values);
    tensors_.push_back(std::move(tensor));
  }

  ModelSpec spec_;
  Random random_;
  std::vector<RawTensor> tensors_;
};

std::map<std::string, std::string> Metadata(const ModelSpec& spec) {
  std::map<std::string, std::string> m = {
      {"format", "tacet-model"},
      {"version", "1"},
      {"name", spec.name},
      {"sample_rate", "16000"},
      {"window_size", "512"},
      {"hop_size", "128"},
      {"window", spec.window},
      {"num_bins", "257"},
      {"hidden", std::to_string(spec.hidden)},
      {"states", std::to_string(spec.num_states)},
      {"layers", std::to_string(spec.num_layers)},
      {"feature", spec.feature},
      {"mask", spec.mask},
      {"activation", spec.activation},
      {"state_activation", spec.state_activation},
      {"provenance", "{\"recipe\": \"random\"}"}};
  if (spec.feature == "magnitude") {
    m["feature_offset"] = "0.0007";
  } else {
    m["feature_power"] = "0.3";
    m["feature_time_s"] = "1.5";
    m["feature_floor"] = "0.001";
  }
  return m;
}

}  // namespace

RawTensor MakeTensor(const std::string& name, const std::vector<float>& values,
                     const std::vector<uint64_t>& shape) {
  RawTensor tensor;
  tensor.name = name;
  tensor.dtype = "F32";
  tensor.Set(values);
  tensor.shape = shape;
  return tensor;
}

RawTensor& RawFile::Tensor(const std::string& name) {
  for (RawTensor& tensor : tensors) {
    if (tensor.name == name) return tensor;
  }
  std::fprintf(stderr, "no tensor %s\n", name.c_str());
  std::abort();
}

const RawTensor& RawFile::Tensor(const std::string& name) const {
  return const_cast<RawFile*>(this)->Tensor(name);
}

std::vector<std::byte> RawFile::Data() const {
  std::vector<std::byte> data;
  for (const RawTensor& tensor : tensors) {
    data.insert(data.end(), tensor.bytes.begin(), tensor.bytes.end());
  }
  return data;
}

void RawFile::Seal() { metadata["sha256"] = Sha256Hex(Data()); }

std::string RawFile::HeaderText() const {
  nlohmann::ordered_json header;
  header["__metadata__"] = metadata;
  size_t begin = 0;
  for (const RawTensor& tensor : tensors) {
    const size_t end = begin + tensor.bytes.size();
    header[tensor.name] = {{"dtype", tensor.dtype},
                           {"shape", tensor.shape},
                           {"data_offsets", {begin, end}}};
    begin = end;
  }
  return header.dump();
}

std::vector<std::byte> RawFile::Serialize() const {
  return AssembleFile(HeaderText(), Data());
}

std::vector<std::byte> AssembleFile(std::string header,
                                    std::span<const std::byte> data) {
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const uint64_t size = header.size();
  std::vector<std::byte> file(sizeof size + header.size() + data.size());
  std::memcpy(file.data(), &size, sizeof size);
  std::ranges::copy(std::as_bytes(std::span(header)),
                    file.begin() + sizeof size);
  std::ranges::copy(data, file.begin() + sizeof size + header.size());
  return file;
}

RawFile MakeModelFile(const ModelSpec& spec) {
  const int h = spec.hidden, p = spec.num_states;
  Builder builder(spec);
  const bool has_phase = spec.feature.starts_with("level-normalised-phase");
  const bool has_floor = spec.feature == "level-normalised-phase-floor";
  builder.Matrix("encoder.weight", h,
                 kNumBins + (has_phase ? 2 * kNumPhaseBins : 0) +
                     (has_floor ? kNumBins : 0));
  builder.Bias("encoder.bias", h);
  for (int i = 0; i < spec.num_layers; ++i) {
    const std::string layer = "layers." + std::to_string(i) + ".";
    builder.Poles(layer, p);
    builder.Vector(layer + "scale_re", p, 0.05, 0.5);
    builder.Vector(layer + "scale_im", p, -0.2, 0.2);
    builder.Matrix(layer + "b_re", p, h);
    builder.Matrix(layer + "b_im", p, h);
    builder.Bias(layer + "b_bias_re", p);
    builder.Bias(layer + "b_bias_im", p);
    builder.Matrix(layer + "c_re", h, p);
    builder.Matrix(layer + "c_im", h, p);
    builder.Vector(layer + "d", h, -1, 1);
    builder.Bias(layer + "y_bias", h);
    builder.Matrix(layer + "gate.weight", h, h);
    builder.Bias(layer + "gate.bias", h);
  }
  const int num_outputs = (spec.mask == "complex" ? 3 : 1) * kNumBins;
  builder.Matrix("decoder.weight", num_outputs, h);
  builder.Bias("decoder.bias", num_outputs);

  RawFile file;
  file.metadata = Metadata(spec);
  file.tensors = builder.TakeTensors();
  file.Seal();
  return file;
}

std::shared_ptr<const Model> MakeModel(const ModelSpec& spec) {
  const auto model = Model::Load("made", MakeModelFile(spec).Serialize());
  if (model.ok()) return *model;
  std::fprintf(stderr, "%s\n", model.status().ToString().c_str());
  std::abort();
}

}  // namespace tacet
