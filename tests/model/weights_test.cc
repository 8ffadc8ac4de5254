// SPDX-License-Identifier: Apache-2.0
#include "model/weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "tests/model/load_error.h"
#include "tests/model/make_model.h"

namespace tacet {
namespace {

using ::testing::HasSubstr;

class Weights : public ::testing::Test {
 protected:
  // Replaces one element of a tensor and returns what the loader says.
  template <typename T>
  std::string ErrorWith(const std::string& tensor, size_t index, T value) {
    RawFile file = file_;
    auto values = file.Tensor(tensor).As<T>();
    values.at(index) = value;
    file.Tensor(tensor).Set(values);
    return SealedLoadError(file);
  }

  RawFile file_ = MakeModelFile(ModelSpec{});
};

TEST_F(Weights, AreRefusedWhenAnyTensorIsMissing) {
  for (size_t i = 0; i < file_.tensors.size(); ++i) {
    RawFile file = file_;
    file.tensors.erase(file.tensors.begin() + i);
    EXPECT_THAT(SealedLoadError(file),
                HasSubstr("tensor " + file_.tensors[i].name + ": missing"));
  }
}

TEST_F(Weights, AreRefusedWithAnUnknownTensor) {
  file_.tensors.insert(file_.tensors.begin(), MakeTensor("extra", {1}, {1}));
  EXPECT_EQ(SealedLoadError(file_),
            "test.tacet: tensor extra: unknown, expected none of this name");
  file_.tensors.front().name = "layers.2.d";
  EXPECT_THAT(SealedLoadError(file_), HasSubstr("tensor layers.2.d: unknown"));
}

TEST_F(Weights, AreRefusedWhenAnyTensorHasAnotherDType) {
  for (size_t i = 0; i < file_.tensors.size(); ++i) {
    RawFile file = file_;
    RawTensor& tensor = file.tensors[i];
    // Of the same size, so that only the dtype is wrong.
    const std::string dtype = tensor.dtype == "F32" ? "U32" : "F32";
    if (tensor.dtype == "U16") {
      tensor.bytes.resize(tensor.bytes.size() * 2);
    }
    tensor.dtype = dtype;
    const auto error = SealedLoadError(file);
    if (tensor.name.ends_with(".columns")) {
      // Ends the file or is followed by U16 tensors: still aligned.
      EXPECT_THAT(error, ::testing::AnyOf(HasSubstr("dtype F32"),
                                          HasSubstr("multiple of 4")));
    } else {
      EXPECT_THAT(error, HasSubstr("tensor " + tensor.name + ": dtype " +
                                   dtype + ", expected "));
    }
  }
}

TEST_F(Weights, AreRefusedWhenAnyTensorHasAnotherShape) {
  for (size_t i = 0; i < file_.tensors.size(); ++i) {
    const std::string name = file_.tensors[i].name;
    // Of two dimensions.
    RawFile file = file_;
    file.tensors[i].shape.push_back(1);
    EXPECT_THAT(SealedLoadError(file),
                HasSubstr("tensor " + name + ": shape ["))
        << name;
    // One element longer.
    if (file_.tensors[i].dtype == "U16") continue;
    file = file_;
    RawTensor& tensor = file.tensors[i];
    tensor.shape[0] += 1;
    tensor.bytes.insert(tensor.bytes.end(), 4, std::byte{0});
    const std::string other = name.ends_with(".values")
                                  ? name.substr(0, name.size() - 6) + "columns"
                                  : name;
    EXPECT_THAT(SealedLoadError(file),
                HasSubstr("tensor " + other + ": shape ["))
        << name;
  }
}

TEST_F(Weights, AreRefusedWithAnyValueThatIsNotFinite) {
  for (const RawTensor& tensor : file_.tensors) {
    if (tensor.dtype != "F32") continue;
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                            std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity()}) {
      const size_t last = tensor.bytes.size() / sizeof(float) - 1;
      EXPECT_THAT(ErrorWith(tensor.name, last, bad),
                  HasSubstr("tensor " + tensor.name + ": element " +
                            std::to_string(last) + " is "));
    }
  }
}

TEST_F(Weights, AreRefusedWithAnUnstablePole) {
  RawFile file = file_;
  auto re = file.Tensor("layers.1.a_re").As<float>();
  auto im = file.Tensor("layers.1.a_im").As<float>();
  const auto error_with = [&](float a_re, float a_im) {
    re[3] = a_re;
    im[3] = a_im;
    file.Tensor("layers.1.a_re").Set(re);
    file.Tensor("layers.1.a_im").Set(im);
    return SealedLoadError(file);
  };
  EXPECT_EQ(error_with(0.6f, 0.79f), "");
  EXPECT_EQ(error_with(1.0f, 0.0f),
            "test.tacet: tensor layers.1.a_re: |a| = 1 in state 3, "
            "expected < 1");
  EXPECT_THAT(error_with(0.0f, -1.0f), HasSubstr("|a| = 1 in state 3"));
  EXPECT_THAT(error_with(0.75f, 0.75f), HasSubstr("|a| = 1.06066 in state 3"));
  EXPECT_THAT(error_with(3e38f, 3e38f), HasSubstr("in state 3, expected < 1"));
  EXPECT_EQ(error_with(0.99999994f, 0.0f), "");
}

TEST_F(Weights, AreRefusedWithAColumnOutOfRange) {
  for (const RawTensor& tensor : file_.tensors) {
    if (!tensor.name.ends_with(".columns")) continue;
    const size_t last = tensor.bytes.size() / sizeof(uint16_t) - 1;
    EXPECT_THAT(ErrorWith<uint16_t>(tensor.name, last, 65535),
                HasSubstr("tensor " + tensor.name + ": column 65535 in row "));
  }
  const size_t last =
      file_.Tensor("layers.0.b_re.columns").bytes.size() / 2 - 1;
  EXPECT_EQ(ErrorWith<uint16_t>("layers.0.b_re.columns", last, 12),
            "test.tacet: tensor layers.0.b_re.columns: column 12 in row 7, "
            "expected < 12");
}

TEST_F(Weights, AreRefusedWithColumnsThatDoNotIncrease) {
  // The encoder's first row has many.
  const auto columns = file_.Tensor("encoder.weight.columns").As<uint16_t>();
  EXPECT_THAT(ErrorWith<uint16_t>("encoder.weight.columns", 1, columns[0]),
              HasSubstr("tensor encoder.weight.columns: column " +
                        std::to_string(columns[0]) + " after " +
                        std::to_string(columns[0]) + " in row 0"));
  EXPECT_THAT(ErrorWith<uint16_t>("encoder.weight.columns", 1, 256),
              HasSubstr("after 256 in row 0, expected increasing columns"));
}

TEST_F(Weights, AreRefusedWithBadRowPointers) {
  const std::string name = "layers.0.gate.weight.rows";
  const auto rows = file_.Tensor(name).As<uint32_t>();
  EXPECT_THAT(ErrorWith<uint32_t>(name, 0, 1),
              HasSubstr("tensor " + name + ": first entry 1, expected 0"));
  EXPECT_THAT(
      ErrorWith<uint32_t>(name, 3, 4000000000u),
      HasSubstr("tensor " + name + ": entry 4 is " + std::to_string(rows[4]) +
                ", expected at least the 4000000000 before it"));
  EXPECT_THAT(ErrorWith<uint32_t>(name, 12, rows[12] + 1),
              HasSubstr("last entry " + std::to_string(rows[12] + 1) +
                        ", expected " + std::to_string(rows[12])));
  // One fewer would leave a value that no row has.
  EXPECT_THAT(ErrorWith<uint32_t>(name, 12, rows[12] - 1),
              HasSubstr("tensor " + name + ": "));
}

TEST_F(Weights, AreRefusedWhenTheirSizesAreNotTheMetadatas) {
  for (const std::string key : {"hidden", "states"}) {
    RawFile file = file_;
    file.metadata[key] = "4096";
    EXPECT_THAT(SealedLoadError(file), HasSubstr("expected [409"));
  }
  RawFile file = file_;
  file.metadata["layers"] = "3";
  EXPECT_THAT(SealedLoadError(file),
              HasSubstr("tensor layers.2.a_re: missing"));
  file.metadata["layers"] = "1";
  EXPECT_THAT(SealedLoadError(file), HasSubstr(": unknown"));
  file = file_;
  file.metadata["mask"] = "complex";
  EXPECT_THAT(SealedLoadError(file),
              HasSubstr("tensor decoder.weight.rows: shape [258], expected "
                        "[772]"));
}

}  // namespace
}  // namespace tacet
