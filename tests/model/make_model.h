// SPDX-License-Identifier: Apache-2.0
// Small random model files in memory, so that tests need no trained weights,
// and the means to spoil them.
#ifndef TACET_TESTS_MODEL_MAKE_MODEL_H_
#define TACET_TESTS_MODEL_MAKE_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/model.h"

namespace tacet {

struct RawTensor {
  std::string name;
  std::string dtype;  // F32, U32 or U16
  std::vector<uint64_t> shape;
  std::vector<std::byte> bytes;

  template <typename T>
  std::vector<T> As() const {
    std::vector<T> values(bytes.size() / sizeof(T));
    // memcpy takes no null pointer, even for nothing.
    if (!bytes.empty()) {
      std::memcpy(values.data(), bytes.data(), bytes.size());
    }
    return values;
  }
  // Also sets a one-dimensional shape.
  template <typename T>
  void Set(const std::vector<T>& values) {
    bytes.resize(values.size() * sizeof(T));
    if (!values.empty()) {
      std::memcpy(bytes.data(), values.data(), bytes.size());
    }
    shape = {values.size()};
  }
};

RawTensor MakeTensor(const std::string& name, const std::vector<float>& values,
                     const std::vector<uint64_t>& shape);

// A safetensors file taken apart: tensors are laid out in this order.
struct RawFile {
  std::map<std::string, std::string> metadata;
  std::vector<RawTensor> tensors;

  RawTensor& Tensor(const std::string& name);
  const RawTensor& Tensor(const std::string& name) const;

  std::vector<std::byte> Data() const;
  // Sets metadata "sha256" to that of Data().
  void Seal();
  std::string HeaderText() const;
  std::vector<std::byte> Serialize() const;
};

// Length, header padded with spaces to a multiple of 8, data.
std::vector<std::byte> AssembleFile(std::string header,
                                    std::span<const std::byte> data);

struct ModelSpec {
  int hidden = 12;
  int num_states = 8;
  int num_layers = 2;
  std::string name = "random";
  std::string window = "sqrt-hann";
  std::string feature = "level-normalised";
  std::string mask = "sigmoid";
  std::string activation = "relu";
  std::string state_activation = "gate_re";
  double density = 0.3;     // share of matrix entries that are not zero
  double bias_scale = 0.3;  // largest modulus of a bias
  uint32_t seed = 1;
};

// A valid, sealed model file; the same for the same spec on every machine.
RawFile MakeModelFile(const ModelSpec& spec);

// Loads it. Ends the program where the loader refuses.
std::shared_ptr<const Model> MakeModel(const ModelSpec& spec);

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_MAKE_MODEL_H_
