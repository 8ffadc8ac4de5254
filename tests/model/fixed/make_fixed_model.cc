// SPDX-License-Identifier: Apache-2.0
#include "tests/model/fixed/make_fixed_model.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace tacet {
namespace {

// Exponents: of activations, weights, scale, d, and what is no logit.
constexpr int kActivation = 8, kWeight = 5, kScale = 14, kD = 12, kOutput = 10;

template <typename T>
std::vector<T> Scaled(const std::vector<float>& values, int exponent,
                      double limit) {
  std::vector<T> scaled;
  for (float v : values) {
    const double q = std::floor(std::ldexp(double{v}, exponent) + 0.5);
    scaled.push_back(static_cast<T>(std::clamp(q, -limit, limit)));
  }
  return scaled;
}

class Builder {
 public:
  explicit Builder(RawFile file) : floats_(file), file_(std::move(file)) {}

  template <typename T>
  void Add(const std::string& name, const char* dtype,
           const std::vector<T>& values) {
    RawTensor tensor;
    tensor.name = "fixed." + name;
    tensor.dtype = dtype;
    tensor.Set(values);
    file_.tensors.push_back(std::move(tensor));
  }
  void Exponents(const std::string& name, size_t size, int value) {
    Add(name, "I8", std::vector<int8_t>(size, static_cast<int8_t>(value)));
  }
  void Weights(const std::string& name) {
    Add(name + ".values", "I8",
        Scaled<int8_t>(Floats(name + ".values"), kWeight, 127));
  }
  void Factors(const std::string& name, int exponent) {
    Add(name, "I16", Scaled<int16_t>(Floats(name), exponent, 32767));
  }
  void Bias(const std::string& name) {
    Add(name, "I32", Scaled<int32_t>(Floats(name), kWeight + kActivation, 1e6));
  }
  void Affine(const std::string& name) {
    Weights(name + ".weight");
    Bias(name + ".bias");
    Exponents(name + ".weight.exponents", Floats(name + ".bias").size(),
              kWeight);
  }
  std::vector<float> Floats(const std::string& name) const {
    return floats_.Tensor(name).As<float>();
  }
  // By falling element size, so that all is aligned.
  RawFile Take() {
    std::ranges::stable_sort(file_.tensors, {}, [](const RawTensor& t) {
      return t.dtype == "I8" ? 2 : t.dtype.ends_with("16") ? 1 : 0;
    });
    return std::move(file_);
  }

 private:
  RawFile floats_, file_;
};

void AddLayer(const std::string& layer, const ModelSpec& spec, int state_bits,
              Builder* builder) {
  for (const char* name : {"a_re", "a_im"}) builder->Factors(layer + name, 15);
  for (const char* name : {"scale_re", "scale_im"}) {
    builder->Factors(layer + name, kScale);
  }
  for (const char* name : {"b_re", "b_im", "c_re", "c_im"}) {
    builder->Weights(layer + name);
  }
  for (const char* name : {"b_bias_re", "b_bias_im", "y_bias"}) {
    builder->Bias(layer + name);
  }
  builder->Factors(layer + "d", kD);
  builder->Exponents(layer + "b.exponents", spec.num_states, kWeight);
  builder->Exponents(layer + "scale_exponents", spec.num_states, kScale);
  builder->Exponents(layer + "state_exponents", spec.num_states,
                     state_bits - 6);
  builder->Exponents(layer + "c.exponents", spec.hidden, kWeight);
  builder->Exponents(layer + "d_exponents", spec.hidden, kD);
  builder->Affine(layer + "gate");
}

}  // namespace

RawFile MakeFixedModelFile(const ModelSpec& spec, int state_bits) {
  Builder builder(MakeModelFile(spec));
  const size_t num_layers = spec.num_layers;
  builder.Exponents("feature_exponent", 1, kActivation);
  builder.Exponents("output_exponent", 1, kOutput);
  builder.Exponents("x_exponents", num_layers + 1, kActivation);
  builder.Exponents("r_exponents", num_layers, kActivation);
  builder.Exponents("y_exponents", num_layers, kActivation);
  builder.Affine("encoder");
  for (size_t i = 0; i < num_layers; ++i) {
    AddLayer("layers." + std::to_string(i) + ".", spec, state_bits, &builder);
  }
  builder.Affine("decoder");
  RawFile file = builder.Take();
  file.metadata["version"] = "2";
  file.metadata["fixed_state_bits"] = std::to_string(state_bits);
  file.Seal();
  return file;
}

std::shared_ptr<const Model> MakeFixedModel(const ModelSpec& spec,
                                            int state_bits) {
  const auto model =
      Model::Load("made", MakeFixedModelFile(spec, state_bits).Serialize());
  if (model.ok()) return *model;
  std::fprintf(stderr, "%s\n", model.status().ToString().c_str());
  std::abort();
}

}  // namespace tacet
