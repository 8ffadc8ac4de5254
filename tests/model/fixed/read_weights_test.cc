// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/read_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/model/fixed/make_fixed_model.h"
#include "tests/model/load_error.h"

namespace tacet {
namespace {

using ::testing::HasSubstr;

// Sets one element of a tensor.
template <typename T>
void Put(RawFile& file, const std::string& name, size_t index, T value) {
  std::vector<T> values = file.Tensor(name).As<T>();
  values.at(index) = value;
  file.Tensor(name).Set(values);
}

std::string ErrorAfter(const std::function<void(RawFile&)>& spoil) {
  RawFile file = MakeFixedModelFile(ModelSpec{});
  spoil(file);
  return SealedLoadError(file);
}

TEST(ReadFixedWeights, TakesAValidFile) {
  for (const std::string mask : {"sigmoid", "complex", "one-plus"}) {
    ModelSpec spec;
    spec.mask = mask;
    const auto model = MakeFixedModel(spec, 16);
    ASSERT_NE(model->fixed(), nullptr);
    EXPECT_EQ(model->fixed()->state_bits, 16);
    EXPECT_EQ(model->fixed()->layers[0].max_state, 32767);
  }
  EXPECT_EQ(MakeModel(ModelSpec{})->fixed(), nullptr);
}

TEST(ReadFixedWeights, ItsSizeIsThatOfTheTensorsItReads) {
  const RawFile file = MakeFixedModelFile(ModelSpec{});
  int64_t size = 0;
  for (const RawTensor& tensor : file.tensors) {
    const std::string& name = tensor.name;
    if (name.starts_with("fixed.") || name.ends_with(".columns") ||
        name.ends_with(".rows")) {
      size += static_cast<int64_t>(tensor.bytes.size());
    }
  }
  EXPECT_EQ(SizeInBytes(*MakeFixedModel(ModelSpec{})->fixed()), size);
}

TEST(ReadFixedWeights, RefusesAPoleThatIsNotStable) {
  EXPECT_EQ(ErrorAfter([](RawFile& f) {
              Put<int16_t>(f, "fixed.layers.1.a_re", 3, 32767);
              Put<int16_t>(f, "fixed.layers.1.a_im", 3, 0);
            }),
            "test.tacet: tensor fixed.layers.1.a_re: |a|^2 in state 3 is "
            "1073676289, expected at most 1073610752");
}

TEST(ReadFixedWeights, RefusesValuesOutOfRange) {
  EXPECT_EQ(ErrorAfter([](RawFile& f) {
              Put<int8_t>(f, "fixed.encoder.weight.values", 0, -128);
            }),
            "test.tacet: tensor fixed.encoder.weight.values: element 0 is "
            "-128, expected -127 to 127");
  EXPECT_THAT(ErrorAfter([](RawFile& f) {
                Put<int16_t>(f, "fixed.layers.0.d", 1, -32768);
              }),
              HasSubstr("expected -32767 to 32767"));
  EXPECT_THAT(ErrorAfter([](RawFile& f) {
                Put<int8_t>(f, "fixed.output_exponent", 0, 16);
              }),
              HasSubstr("expected 0 to 15"));
}

TEST(ReadFixedWeights, RefusesExponentsThatNeedAnotherShift) {
  EXPECT_EQ(ErrorAfter([](RawFile& f) {
              Put<int8_t>(f, "fixed.encoder.weight.exponents", 2, -20);
            }),
            "test.tacet: tensor fixed.encoder.weight.exponents: exponent of "
            "row 2 makes a shift of -20, expected 0 to 30");
  for (const std::string name :
       {"fixed.feature_exponent", "fixed.x_exponents", "fixed.r_exponents",
        "fixed.y_exponents", "fixed.layers.0.b.exponents",
        "fixed.layers.0.scale_exponents", "fixed.layers.0.state_exponents",
        "fixed.layers.0.c.exponents", "fixed.layers.0.d_exponents",
        "fixed.layers.0.gate.weight.exponents",
        "fixed.decoder.weight.exponents"}) {
    for (const int8_t wrong : {-127, 127}) {
      const std::string error =
          ErrorAfter([&](RawFile& f) { Put<int8_t>(f, name, 0, wrong); });
      EXPECT_THAT(error, ::testing::AnyOf(HasSubstr("makes a shift of"),
                                          HasSubstr("expected -16 to 30")))
          << name;
    }
  }
}

TEST(ReadFixedWeights, RefusesAnAccumulatorThatCouldOverflow) {
  for (const std::string name :
       {"fixed.encoder.bias", "fixed.layers.0.b_bias_re",
        "fixed.layers.0.b_bias_im", "fixed.layers.0.y_bias",
        "fixed.layers.1.gate.bias", "fixed.decoder.bias"}) {
    for (const int32_t wrong : {INT32_MAX, INT32_MIN}) {
      EXPECT_THAT(
          ErrorAfter([&](RawFile& f) { Put<int32_t>(f, name, 0, wrong); }),
          HasSubstr("expected at most 2147483647"))
          << name;
    }
  }
}

TEST(ReadFixedWeights, RefusesAMissingAnUnknownAndAMisshapenTensor) {
  const RawFile valid = MakeFixedModelFile(ModelSpec{});
  for (const RawTensor& tensor : valid.tensors) {
    if (!tensor.name.starts_with("fixed.")) continue;
    EXPECT_THAT(
        ErrorAfter([&](RawFile& f) { f.Tensor(tensor.name).name += "x"; }),
        HasSubstr("tensor " + tensor.name + ": missing"));
  }
  EXPECT_THAT(ErrorAfter([](RawFile& f) {
                f.tensors.push_back({"fixed.more", "I8", {0}, {}});
              }),
              HasSubstr("tensor fixed.more: unknown"));
  EXPECT_THAT(ErrorAfter([](RawFile& f) {
                f.Tensor("fixed.encoder.weight.values").Set<int8_t>({});
              }),
              HasSubstr("shape [0], expected ["));
}

TEST(ReadFixedWeights, AFixedPartNeedsVersionTwoAndRelu) {
  EXPECT_THAT(ErrorAfter([](RawFile& f) { f.metadata["version"] = "1"; }),
              HasSubstr(": unknown"));
  EXPECT_THAT(ErrorAfter([](RawFile& f) {
                f.metadata["activation"] = "gelu";
                f.metadata["state_activation"] = "none";
              }),
              HasSubstr("metadata activation: gelu, expected relu"));
  EXPECT_THAT(
      ErrorAfter([](RawFile& f) { f.metadata["fixed_state_bits"] = "20"; }),
      HasSubstr("metadata fixed_state_bits: 20, expected 16 or 24"));
}

}  // namespace
}  // namespace tacet
