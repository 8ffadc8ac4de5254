// SPDX-License-Identifier: Apache-2.0
// A compiled-in model whose pages were given back, and networks that run on.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <complex>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "model/builtin_models.h"
#include "model/estimator_source.h"
#include "model/fixed/estimator.h"
#include "model/model.h"

namespace tacet {
namespace {

constexpr std::string_view kName = "base";

// Pages of the model's file that this process has mapped in.
int NumPages() {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  std::span<const std::byte> file;
  for (const BuiltinModel& model : BuiltinModels()) {
    if (model.name == kName) file = model.file;
  }
  const auto begin = reinterpret_cast<uintptr_t>(file.data()) / page;
  const auto end =
      reinterpret_cast<uintptr_t>(file.data() + file.size()) / page;
  std::vector<uint64_t> entries(end - begin);
  const int fd = open("/proc/self/pagemap", O_RDONLY);
  const ssize_t size = static_cast<ssize_t>(entries.size() * sizeof(uint64_t));
  EXPECT_EQ(pread(fd, entries.data(), size, begin * sizeof(uint64_t)), size);
  close(fd);
  int num_present = 0;
  for (const uint64_t entry : entries) num_present += entry >> 63;
  return num_present;
}

// The kernel maps up to 16 pages around one that is read beside the file.
constexpr int kNeighbours = 32;

void Step(MaskEstimator* network) {
  std::vector<float> features(network->num_features(), 0.01f);
  std::vector<std::complex<float>> mask(kNumModelBins);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(network->Submit(features));
    ASSERT_TRUE(network->Collect(mask));
  }
}

TEST(ReleasedModel, IsNotReadByItsNetworks) {
  const auto model = Model::Builtin(kName);
  ASSERT_TRUE(model.ok());
  EXPECT_GT(NumPages(), 3 * kNeighbours) << "the measurement sees nothing";
  const EstimatorSource floats = FloatEstimators(*model);
  const auto fixed = FixedEstimators(*model);
  ASSERT_TRUE(fixed.ok());
  (*model)->ReleaseFile();
  for (const EstimatorSource& source : {floats, *fixed}) {
    const auto network = source.make();
    Step(network.get());
    EXPECT_LE(NumPages(), kNeighbours);
  }
}

TEST(ReleasedModel, ComesBackWithTheSameBytes) {
  const auto model = Model::Builtin(kName);
  ASSERT_TRUE(model.ok());
  (*model)->ReleaseFile();
  // Its hash is checked again.
  EXPECT_TRUE(Model::Builtin(kName).ok());
}

}  // namespace
}  // namespace tacet
