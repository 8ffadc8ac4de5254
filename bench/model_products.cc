// SPDX-License-Identifier: Apache-2.0
#include "bench/model_products.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "bench/cpu_time.h"
#include "bench/matrices.h"
#include "model/kernels/fixed_kernels.h"
#include "model/kernels/float_kernels.h"
#include "model/model.h"

namespace tacet {
namespace {

constexpr int kHops = 8;
constexpr int kWarmHops = 4;  // before them, uncounted

// Half of them 0.
template <typename T>
std::vector<T> Activations(size_t size) {
  std::mt19937 engine(1);
  std::vector<T> x(size);
  for (T& v : x) {
    v = engine() % 2 == 0 ? T{0} : static_cast<T>(engine() % 30000);
  }
  return x;
}

// The products of a hop by kernels of one name.
struct Contestant {
  std::string name;
  std::function<void()> hop;
  std::vector<double> times;  // one a round, microseconds a hop
};

//   T, Sum  of activations and of what products add to
template <typename T, typename Sum, typename Kernels, typename Weights>
Contestant ContestantOf(const Kernels& kernels, const Weights& weights) {
  auto prepared = std::make_shared<Weights>(weights);
  PrepareFor(kernels, prepared.get());
  return {.name = kernels.name,
          .hop =
              [&kernels, prepared, x = Activations<T>(4096),
               sums = std::vector<Sum>(4096)]() mutable {
                ForEachMatrix(*prepared, [&](const auto& m) {
                  kernels.multiply_add(m, std::span(x).first(m.num_columns),
                                       std::span(sums).first(m.num_rows));
                });
              },
          .times = {}};
}

// In random order, since each finds the caches as the one before has left them.
void RunRounds(int num_rounds, std::vector<Contestant>* contestants) {
  std::vector<size_t> order(contestants->size());
  std::iota(order.begin(), order.end(), 0);
  std::mt19937 engine(1);
  for (int round = 0; round < num_rounds; ++round) {
    std::ranges::shuffle(order, engine);
    for (const size_t i : order) {
      Contestant& contestant = (*contestants)[i];
      for (int t = 0; t < kWarmHops; ++t) contestant.hop();
      const double start = CpuMicroseconds();
      for (int t = 0; t < kHops; ++t) contestant.hop();
      contestant.times.push_back((CpuMicroseconds() - start) / kHops);
    }
  }
}

double Median(std::vector<double> times) {
  const auto middle = times.begin() + times.size() / 2;
  std::ranges::nth_element(times, middle);
  return *middle;
}

}  // namespace

int TimeModelProducts(const std::string& path, int num_rounds) {
  const auto model = Model::LoadFile(path);
  if (!model.ok() || (*model)->fixed() == nullptr) {
    std::fprintf(stderr, "product_bench: %s: %s\n", path.c_str(),
                 model.ok() ? "no fixed-point weights"
                            : std::string(model.status().message()).c_str());
    return 1;
  }
  std::vector<Contestant> all;
  for (const FixedKernels& kernels : SupportedFixedKernels()) {
    all.push_back(ContestantOf<int16_t, int32_t>(kernels, *(*model)->fixed()));
  }
  const size_t num_fixed = all.size();
  for (const FloatKernels& kernels : SupportedFloatKernels()) {
    all.push_back(ContestantOf<float, float>(kernels, (*model)->weights()));
  }
  RunRounds(num_rounds, &all);
  for (size_t i = 0; i < all.size(); ++i) {
    std::printf("%s\"%s\": %.3f",
                i == 0           ? "{\"fixed_us\": {"
                : i == num_fixed ? "}, \"float_us\": {"
                                 : ", ",
                all[i].name.c_str(), Median(all[i].times));
  }
  std::printf("}}\n");
  return 0;
}

}  // namespace tacet
