// SPDX-License-Identifier: Apache-2.0
// A model file cannot ask for more memory than is due to its size, on no
// kernels and in no layout.
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <complex>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <vector>

#include "model/block/fixed_block_network.h"
#include "model/block/float_block_kernels.h"
#include "model/block/float_block_network.h"
#include "model/fixed/estimator.h"
#include "model/kernels/fixed_kernels.h"
#include "model/kernels/float_kernels.h"
#include "tests/model/fixed/make_fixed_model.h"
#include "tests/model/kernels/kernels_case.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TACET_SANITIZED_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TACET_SANITIZED_MEMORY 1
#endif
#endif

namespace tacet {
namespace {

// Bytes of memory a byte of the file may take, and what a process and the rows
// of a block take besides.
constexpr size_t kMostGrowth = 24;
constexpr size_t kSlack = size_t{6} << 20;

// As wide as there are, and next to nothing in the matrices, or a few weights
// so far from one another that each takes a step of its own.
std::vector<std::byte> WideFile(double density) {
  ModelSpec spec;
  spec.hidden = 4096;
  spec.num_states = 1024;  // 4096 only take the test longer
  spec.num_layers = 1;
  spec.density = density;
  return MakeFixedModelFile(spec).Serialize();
}
const std::vector<std::byte>& EmptyFile() {
  static const auto file = WideFile(2e-6);
  return file;
}
const std::vector<std::byte>& ScatteredFile() {
  static const auto file = WideFile(5e-4);
  return file;
}

constexpr int kDenied = 3;

// Takes what the heap holds in reserve, so that who needs memory must ask for
// it. Kept until the process ends.
void TakeReserve() {
  malloc_trim(0);
  // Below the threshold of mmap; smaller where that makes the heap grow.
  for (size_t size = 32 << 10; size >= 1024; size /= 2) {
    const size_t arena = mallinfo2().arena;
    while (mallinfo2().fordblks >= size && mallinfo2().arena == arena) {
      static void* volatile kept;
      kept = std::malloc(size);
    }
  }
}

// Ends with 0, or with kDenied when `run` wants more memory than num_bytes.
// What the heap has left over counts with them.
void RunWithin(size_t num_bytes, const std::function<void()>& run) {
  TakeReserve();
  const size_t num_left_over = mallinfo2().fordblks;
  size_t num_pages = 0;
  std::FILE* statm = std::fopen("/proc/self/statm", "r");
  if (statm == nullptr || std::fscanf(statm, "%zu", &num_pages) != 1) {
    std::exit(2);
  }
  std::fclose(statm);
  const rlim_t most = num_pages * sysconf(_SC_PAGESIZE) + num_bytes -
                      std::min(num_bytes, num_left_over);
  const rlimit limit = {most, most};
  if (setrlimit(RLIMIT_AS, &limit) != 0) std::exit(2);
  std::set_new_handler([] { std::_Exit(kDenied); });
  run();
  std::exit(0);
}

using MakeSource =
    std::function<EstimatorSource(std::shared_ptr<const Model> model)>;

void LoadAndRun(const std::vector<std::byte>& file, const MakeSource& make) {
  const auto model = Model::Load("wide", file);
  if (!model.ok()) {
    std::fprintf(stderr, "%s\n", model.status().ToString().c_str());
    std::exit(2);
  }
  const auto estimator = make(*model).make();
  std::vector<std::complex<float>> mask(kNumModelBins);
  estimator->Submit(std::vector<float>(estimator->num_features(), 1.0f));
  estimator->Collect(mask);
}

void ExpectMemoryOfTheFile(const MakeSource& make) {
#ifdef TACET_SANITIZED_MEMORY
  GTEST_SKIP() << "a sanitizer's memory is its own";
#endif
  // So that what made the files goes back to the system, not to the heap.
  mallopt(M_MMAP_THRESHOLD, 64 << 10);
  for (const auto* file : {&EmptyFile(), &ScatteredFile()}) {
    const size_t most = kMostGrowth * file->size() + kSlack;
    EXPECT_EXIT(RunWithin(most, [&] { LoadAndRun(*file, make); }),
                ::testing::ExitedWithCode(0), "")
        << file->size() << " bytes";
    // The limit is one: the file does not fit half of its size.
    EXPECT_EXIT(RunWithin(file->size() / 2, [&] { LoadAndRun(*file, make); }),
                ::testing::ExitedWithCode(kDenied), "");
  }
}

using FixedMemoryTest = KernelsCase<FixedKernels, SupportedFixedKernels>;
TEST_P(FixedMemoryTest, IsInProportionToTheFile) {
  ExpectMemoryOfTheFile(
      [&](auto model) { return *FixedEstimators(model, *kernels_); });
}
INSTANTIATE_TEST_SUITE_P(Cpu, FixedMemoryTest,
                         ::testing::Values("avx512-vbmi-vnni", "avx512", "avx2",
                                           "neon", "columns", "scalar"),
                         KernelsName());

using FloatMemoryTest = KernelsCase<FloatKernels, SupportedFloatKernels>;
TEST_P(FloatMemoryTest, IsInProportionToTheFile) {
  ExpectMemoryOfTheFile(
      [&](auto model) { return FloatEstimators(model, *kernels_); });
}
INSTANTIATE_TEST_SUITE_P(Cpu, FloatMemoryTest,
                         ::testing::Values("avx512-vbmi", "avx2", "neon",
                                           "columns", "scalar"),
                         KernelsName());

using FixedBlockMemoryTest =
    KernelsCase<FixedBlockKernels, SupportedFixedBlockKernels>;
TEST_P(FixedBlockMemoryTest, IsInProportionToTheFile) {
  ExpectMemoryOfTheFile(
      [&](auto model) { return *FixedBlockEstimators(model, *kernels_); });
}
INSTANTIATE_TEST_SUITE_P(Cpu, FixedBlockMemoryTest,
                         ::testing::Values("avx512-vnni", "avx2", "neon"),
                         KernelsName());

using FloatBlockMemoryTest =
    KernelsCase<FloatBlockKernels, SupportedFloatBlockKernels>;
TEST_P(FloatBlockMemoryTest, IsInProportionToTheFile) {
  ExpectMemoryOfTheFile(
      [&](auto model) { return FloatBlockEstimators(model, *kernels_); });
}
INSTANTIATE_TEST_SUITE_P(Cpu, FloatBlockMemoryTest,
                         ::testing::Values("avx512", "avx2", "neon"),
                         KernelsName());

}  // namespace
}  // namespace tacet
