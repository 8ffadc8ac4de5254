// SPDX-License-Identifier: Apache-2.0
//
//   product_bench [ROUNDS]
// times all matrix products of a network, sparse ones with each kernel against
// dense ones, at several widths and sparsities, and prints a Markdown table:
// medians in microseconds a hop of rounds that take the kernels in random
// order, since each finds the caches as the one before has left them. Half of
// x is 0, as behind a ReLU. OpenBLAS takes part where it is installed, on one
// thread.
//   product_bench count NAME WIDTH SPARSITY
// runs the products of 8 hops in RunOnce with the kernels that the table calls
// NAME, for callgrind to count; SPARSITY is 0..1.
//   product_bench packed ROUNDS
// times what is not kept (bench/packed_avx512.h) beside the fastest kernel and
// the dense one.
//   product_bench model FILE ROUNDS
// times the products of a model file (bench/model_products.h).
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "bench/cpu_time.h"
#include "bench/dense_avx2.h"
#include "bench/dense_avx512.h"
#include "bench/model_products.h"
#include "bench/packed_avx512.h"
#include "model/kernels/fixed_kernels.h"
#include "model/kernels/float_kernels.h"
#ifdef TACET_HAVE_OPENBLAS
#include <cblas.h>
#endif

namespace tacet {
namespace {

constexpr int kBins = 256;  // one less than the network's, for dense panels
constexpr int kLayers = 3;
constexpr int kTokensARound = 8;
// Before them, uncounted: the caches and the branch predictor hold what the
// contestant before has left.
constexpr int kWarmTokens = 4;
constexpr double kZeros = 0.5;  // part of x

struct Shape {
  int num_rows, num_columns, count;
};

// The products of width k: residual 192 k, states 128 k.
std::vector<Shape> Shapes(int k) {
  const int h = 192 * k, p = 128 * k;
  return {{h, kBins, 1},
          {p, h, 2 * kLayers},
          {h, p, 2 * kLayers},
          {h, h, kLayers},
          {kBins, h, 1}};
}

// One matrix in all forms.
struct Product {
  Product(const Shape& shape, double sparsity, std::mt19937* engine) {
    std::uniform_real_distribution<double> uniform;
    std::vector<int8_t> dense_bytes_of;
    rows.push_back(0);
    for (int r = 0; r < shape.num_rows; ++r) {
      for (int c = 0; c < shape.num_columns; ++c) {
        const bool is_zero = uniform(*engine) < sparsity;
        const int w = is_zero ? 0 : static_cast<int>((*engine)() % 254) - 127;
        dense_bytes_of.push_back(static_cast<int8_t>(w));
        if (is_zero) continue;
        values.push_back(static_cast<int8_t>(w));
        columns.push_back(static_cast<uint16_t>(c));
      }
      rows.push_back(static_cast<uint32_t>(values.size()));
    }
    for (const int8_t v : values) floats.push_back(v);
    fixed = {shape.num_rows, shape.num_columns, values, columns, rows};
    real = {shape.num_rows, shape.num_columns, floats, columns, rows};
    dense_bytes = std::make_unique<DenseBytes>(dense_bytes_of, shape.num_rows,
                                               shape.num_columns);
    dense_bytes_avx2 = std::make_unique<DenseBytesAvx2>(
        dense_bytes_of, shape.num_rows, shape.num_columns);
    bitmap_bytes = std::make_unique<BitmapBytes>(dense_bytes_of, shape.num_rows,
                                                 shape.num_columns);
    block_bytes = std::make_unique<BlockBytes>(dense_bytes_of, shape.num_rows,
                                               shape.num_columns);
    dense.assign(dense_bytes_of.begin(), dense_bytes_of.end());
    dense_floats =
        std::make_unique<DenseFloats>(dense, shape.num_rows, shape.num_columns);
    for (int c = 0; c < shape.num_columns; ++c) {
      x.push_back(uniform(*engine) < kZeros
                      ? int16_t{0}
                      : static_cast<int16_t>((*engine)() % 30000));
      xf.push_back(x.back());
    }
    acc.resize(shape.num_rows);
    y.resize(shape.num_rows);
  }

  std::vector<int8_t> values;
  std::vector<float> floats;
  std::vector<float> dense;  // row by row, with the zeros
  std::vector<uint16_t> columns;
  std::vector<uint32_t> rows;
  FixedMatrix fixed;
  std::vector<FixedMatrix> prepared;  // for each of the kernels
  CsrMatrix real;
  std::unique_ptr<DenseBytes> dense_bytes;
  std::unique_ptr<DenseBytesAvx2> dense_bytes_avx2;
  std::unique_ptr<BitmapBytes> bitmap_bytes;
  std::unique_ptr<BlockBytes> block_bytes;
  std::unique_ptr<DenseFloats> dense_floats;
  std::vector<int16_t> x;
  std::vector<float> xf;
  std::vector<int32_t> acc;
  std::vector<float> y;
};

struct Contestant {
  std::string name;
  std::function<void(Product&)> run;
};

std::vector<Contestant> Contestants(std::vector<Product>* products) {
  std::vector<Contestant> all;
  for (const FixedKernels& kernels : SupportedFixedKernels()) {
    const std::string name = kernels.name;
    // Two of them have the same layout of another reach: each has its own.
    const size_t i = all.size();
    for (Product& p : *products) {
      PrepareFor(kernels, kZeros, &p.prepared.emplace_back(p.fixed));
    }
    all.push_back({"W8A16 " + name, [&kernels, i](Product& p) {
                     kernels.multiply_add(p.prepared[i], p.x, p.acc);
                   }});
  }
  all.push_back({"W8A16 dense avx512-vnni",
                 [](Product& p) { p.dense_bytes->MultiplyAdd(p.x, p.acc); }});
  all.push_back({"W8A16 dense avx2", [](Product& p) {
                   p.dense_bytes_avx2->MultiplyAdd(p.x, p.acc);
                 }});
  for (const FloatKernels& kernels : SupportedFloatKernels()) {
    for (Product& p : *products) PrepareFor(kernels, &p.real);
    all.push_back(
        {std::string("float ") + kernels.name,
         [&kernels](Product& p) { kernels.multiply_add(p.real, p.xf, p.y); }});
  }
  all.push_back({"float dense avx512",
                 [](Product& p) { p.dense_floats->MultiplyAdd(p.xf, p.y); }});
#ifdef TACET_HAVE_OPENBLAS
  openblas_set_num_threads(1);
  all.push_back({"float dense OpenBLAS sgemv", [](Product& p) {
                   cblas_sgemv(CblasRowMajor, CblasNoTrans, p.real.num_rows,
                               p.real.num_columns, 1.0f, p.dense.data(),
                               p.real.num_columns, p.xf.data(), 1, 1.0f,
                               p.y.data(), 1);
                 }});
#endif
  return all;
}

std::vector<Contestant> PackedContestants(std::vector<Product>* products) {
  const FixedKernels& fastest = SupportedFixedKernels().front();
  for (Product& p : *products) {
    PrepareFor(fastest, kZeros, &p.prepared.emplace_back(p.fixed));
  }
  return {{std::string("W8A16 ") + fastest.name,
           [&fastest](Product& p) {
             fastest.multiply_add(p.prepared[0], p.x, p.acc);
           }},
          {"blocks of 1 x 4",
           [](Product& p) { p.block_bytes->MultiplyAdd(p.x, p.acc); }},
          {"bitmap and expand",
           [](Product& p) { p.bitmap_bytes->MultiplyAdd(p.x, p.acc); }},
          {"dense avx512-vnni",
           [](Product& p) { p.dense_bytes->MultiplyAdd(p.x, p.acc); }}};
}

// Whether all give the same sums.
bool AreEqual(const std::vector<Contestant>& contestants,
              std::vector<Product>* products) {
  for (Product& p : *products) {
    std::vector<int32_t> first;
    for (const Contestant& contestant : contestants) {
      std::ranges::fill(p.acc, 7);
      contestant.run(p);
      if (first.empty()) first = p.acc;
      if (p.acc == first) continue;
      std::fprintf(stderr, "product_bench: %s gives other sums than %s\n",
                   contestant.name.c_str(), contestants[0].name.c_str());
      return false;
    }
  }
  return true;
}

[[gnu::noinline]] void RunOnce(const Contestant& contestant,
                               std::vector<Product>* products) {
  for (Product& p : *products) contestant.run(p);
}

double MicrosecondsAHop(const Contestant& contestant,
                        std::vector<Product>* products) {
  for (int t = 0; t < kWarmTokens; ++t) RunOnce(contestant, products);
  const double start = CpuMicroseconds();
  for (int t = 0; t < kTokensARound; ++t) RunOnce(contestant, products);
  return (CpuMicroseconds() - start) / kTokensARound;
}

std::vector<Product> Products(int k, double sparsity) {
  std::mt19937 engine(1);
  std::vector<Product> products;
  for (const Shape& shape : Shapes(k)) {
    for (int i = 0; i < shape.count; ++i) {
      products.emplace_back(shape, sparsity, &engine);
    }
  }
  return products;
}

int Count(const std::string& name, int k, double sparsity) {
  std::vector<Product> products = Products(k, sparsity);
  for (const Contestant& contestant : Contestants(&products)) {
    if (contestant.name != name) continue;
    for (int t = 0; t < kTokensARound; ++t) RunOnce(contestant, &products);
    return 0;
  }
  std::fprintf(stderr, "product_bench: no kernels \"%s\" here\n", name.c_str());
  return 1;
}

void Measure(const std::vector<Contestant>& contestants, int k, double sparsity,
             int num_rounds, bool with_header, std::vector<Product>* products) {
  if (with_header) {
    std::printf("| width k | sparsity |");
    for (const Contestant& c : contestants) {
      std::printf(" %s |", c.name.c_str());
    }
    std::printf("\n|---|---|");
    for (size_t i = 0; i < contestants.size(); ++i) std::printf("---:|");
    std::printf("\n");
  }
  std::vector<std::vector<double>> times(contestants.size());
  std::vector<size_t> order(contestants.size());
  std::iota(order.begin(), order.end(), 0);
  std::mt19937 engine(1);
  for (int round = 0; round < num_rounds; ++round) {
    std::ranges::shuffle(order, engine);
    for (const size_t i : order) {
      times[i].push_back(MicrosecondsAHop(contestants[i], products));
    }
  }
  std::printf("| %d | %.0f %% |", k, 100 * sparsity);
  for (std::vector<double>& t : times) {
    std::ranges::nth_element(t, t.begin() + t.size() / 2);
    std::printf(" %.2f |", t[t.size() / 2]);
  }
  std::printf("\n");
  std::fflush(stdout);
}

// {"1": N, ...}: the weights of a network of width k, with its zeros.
int PrintWeights() {
  const char* before = "{";
  for (const int k : {1, 2, 4}) {
    int num_weights = 0;
    for (const Shape& shape : Shapes(k)) {
      num_weights += shape.num_rows * shape.num_columns * shape.count;
    }
    std::printf("%s\"%d\": %d", before, k, num_weights);
    before = ", ";
  }
  std::printf("}\n");
  return 0;
}

int MeasurePacked(int num_rounds) {
  bool is_first = true;
  for (const int k : {1, 2}) {
    for (const double sparsity : {0.5, 0.75, 0.9, 0.95}) {
      std::vector<Product> products = Products(k, sparsity);
      const std::vector<Contestant> contestants = PackedContestants(&products);
      if (!AreEqual(contestants, &products)) return 1;
      Measure(contestants, k, sparsity, num_rounds, is_first, &products);
      is_first = false;
    }
  }
  return 0;
}

void MeasureAll(int k, double sparsity, int num_rounds, bool with_header) {
  std::vector<Product> products = Products(k, sparsity);
  Measure(Contestants(&products), k, sparsity, num_rounds, with_header,
          &products);
}

int Main(int argc, char** argv) {
  if (argc == 2 && argv[1] == std::string("weights")) return PrintWeights();
  if (argc == 5 && argv[1] == std::string("count")) {
    return Count(argv[2], std::atoi(argv[3]), std::atof(argv[4]));
  }
  if (argc == 4 && argv[1] == std::string("model")) {
    return TimeModelProducts(argv[2], std::max(1, std::atoi(argv[3])));
  }
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx512vnni")) {
    std::fprintf(stderr, "product_bench: the dense kernels need AVX-512\n");
    return 1;
  }
#endif
  if (argc == 3 && argv[1] == std::string("packed")) {
    if (!__builtin_cpu_supports("avx512vbmi2")) {
      std::fprintf(stderr, "product_bench: packed needs AVX512_VBMI2\n");
      return 1;
    }
    return MeasurePacked(std::max(1, std::atoi(argv[2])));
  }
  const int num_rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 101;
  bool is_first = true;
  for (const int k : {1, 2}) {
    for (const double sparsity : {0.0, 0.5, 0.75, 0.85, 0.9, 0.95}) {
      MeasureAll(k, sparsity, num_rounds, is_first);
      is_first = false;
    }
  }
  MeasureAll(4, 0.9, num_rounds, false);
  return 0;
}

}  // namespace
}  // namespace tacet

int main(int argc, char** argv) { return tacet::Main(argc, argv); }
