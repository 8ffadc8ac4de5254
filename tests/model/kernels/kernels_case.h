// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TESTS_MODEL_KERNELS_KERNELS_CASE_H_
#define TACET_TESTS_MODEL_KERNELS_KERNELS_CASE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>

namespace tacet {

// A test for each of a list of names of kernels; on a CPU that cannot run them
// it is skipped, and says so.
template <typename Kernels, std::span<const Kernels> (*kSupported)()>
class KernelsCase : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    for (const Kernels& kernels : kSupported()) {
      if (kernels.name == std::string(GetParam())) kernels_ = &kernels;
    }
    if (kernels_ == nullptr) {
      GTEST_SKIP() << "this CPU cannot run " << GetParam();
    }
  }
  const Kernels* kernels_ = nullptr;
};

// A test's name cannot have the dashes that kernels' have.
struct KernelsName {
  std::string operator()(
      const ::testing::TestParamInfo<const char*>& info) const {
    std::string name = info.param;
    std::ranges::replace(name, '-', '_');
    return name;
  }
};

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_KERNELS_KERNELS_CASE_H_
