// SPDX-License-Identifier: Apache-2.0
//
//   neon_products KERNEL WIDTH SPARSITY HOPS
// multiplies all matrices of a network of a width as often as there are hops,
// with KERNEL: tables, columns or dense; half of x is 0, weights are at random
// places. Prints the sum of the results, which all kernels have in common.
// Instructions are counted from outside (scripts/neon_counts.sh).
#include <arm_neon.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "model/kernels/column_matrix.h"
#include "model/kernels/fixed_neon.h"

namespace tacet {
namespace {

constexpr int kPanel = 32, kVectorRows = 8;

struct Sums {
  int32x4_t first, last;
};

// One column of 8 rows.
template <int kLane>
void AddColumn(int16x8_t wide, int16x8_t x, Sums* sums) {
  sums->first = vmlal_laneq_s16(sums->first, vget_low_s16(wide), x, kLane);
  sums->last = vmlal_high_laneq_s16(sums->last, wide, x, kLane);
}

// One of 32 rows.
template <int kLane>
void AddColumns(const int8_t* w, int16x8_t x, Sums* sums) {
  const int8x16_t a = vld1q_s8(w), b = vld1q_s8(w + 2 * kVectorRows);
  AddColumn<kLane>(vmovl_s8(vget_low_s8(a)), x, &sums[0]);
  AddColumn<kLane>(vmovl_high_s8(a), x, &sums[1]);
  AddColumn<kLane>(vmovl_s8(vget_low_s8(b)), x, &sums[2]);
  AddColumn<kLane>(vmovl_high_s8(b), x, &sums[3]);
}

// acc += the products of a panel: 32 rows whose sums stay in registers, each
// weight read once.
template <int... kLane, int... V>
void AddPanel(const int8_t* w, const std::vector<int16_t>& x, int32_t* acc,
              std::integer_sequence<int, kLane...>,
              std::integer_sequence<int, V...>) {
  Sums sums[] = {{vld1q_s32(acc + kVectorRows * V),
                  vld1q_s32(acc + kVectorRows * V + 4)}...};
  for (size_t c = 0; c < x.size(); c += 8, w += 8 * kPanel) {
    const int16x8_t eight = vld1q_s16(&x[c]);
    (AddColumns<kLane>(w + kPanel * kLane, eight, sums), ...);
  }
  (vst1q_s32(acc + kVectorRows * V, sums[V].first), ...);
  (vst1q_s32(acc + kVectorRows * V + 4, sums[V].last), ...);
}

struct Product {
  Product(int num_rows, int num_columns, double sparsity,
          std::mt19937* engine) {
    std::uniform_real_distribution<double> uniform;
    std::vector<int8_t> all(size_t(num_rows) * num_columns);
    rows.push_back(0);
    for (int r = 0; r < num_rows; ++r) {
      for (int c = 0; c < num_columns; ++c) {
        if (uniform(*engine) < sparsity) continue;
        values.push_back(
            static_cast<int8_t>(static_cast<int>((*engine)() % 254) - 127));
        columns.push_back(static_cast<uint16_t>(c));
        all[size_t(r) * num_columns + c] = values.back();
      }
      rows.push_back(static_cast<uint32_t>(values.size()));
    }
    const FixedMatrix matrix = {num_rows, num_columns, values, columns, rows};
    tabled = std::make_unique<TableMatrix>(matrix);
    by_columns = std::make_unique<ColumnMatrix<int8_t>>(matrix);
    for (int p = 0; p < num_rows; p += kPanel) {
      for (int c = 0; c < num_columns; ++c) {
        for (int r = p; r < p + kPanel; ++r) {
          panels.push_back(all[size_t(r) * num_columns + c]);
        }
      }
    }
    for (int c = 0; c < num_columns; ++c) {
      x.push_back(uniform(*engine) < 0.5
                      ? int16_t{0}
                      : static_cast<int16_t>((*engine)() % 30000));
    }
    acc.resize(num_rows);
  }

  void Run(const std::string& kernel) {
    if (kernel == "tables") {
      MultiplyAddNeon(*tabled, x, acc);
    } else if (kernel == "columns") {
      by_columns->MultiplyAdd<int16_t, int32_t>(x, acc);
    } else {
      for (size_t r = 0; r < acc.size(); r += kPanel) {
        AddPanel(panels.data() + r * x.size(), x, acc.data() + r,
                 std::make_integer_sequence<int, 8>(),
                 std::make_integer_sequence<int, kPanel / kVectorRows>());
      }
    }
  }

  std::vector<int8_t> values, panels;
  std::vector<uint16_t> columns;
  std::vector<uint32_t> rows;
  std::unique_ptr<TableMatrix> tabled;
  std::unique_ptr<ColumnMatrix<int8_t>> by_columns;
  std::vector<int16_t> x;
  std::vector<int32_t> acc;
};

int Main(int argc, char** argv) {
  if (argc != 5) return 2;
  const int k = std::atoi(argv[2]), num_hops = std::atoi(argv[4]);
  const int h = 192 * k, p = 128 * k;
  // As bench/product_bench.cc.
  const int shapes[][3] = {
      {h, 256, 1}, {p, h, 6}, {h, p, 6}, {h, h, 3}, {256, h, 1}};
  std::mt19937 engine(1);
  std::vector<Product> products;
  for (const auto& [num_rows, num_columns, count] : shapes) {
    for (int i = 0; i < count; ++i) {
      products.emplace_back(num_rows, num_columns, std::atof(argv[3]), &engine);
    }
  }
  uint32_t sum = 0;
  for (int i = 0; i < num_hops; ++i) {
    for (Product& product : products) product.Run(argv[1]);
  }
  for (const Product& product : products) {
    for (const int32_t a : product.acc) sum += static_cast<uint32_t>(a);
  }
  std::printf("%u\n", sum);
  return 0;
}

}  // namespace
}  // namespace tacet

int main(int argc, char** argv) { return tacet::Main(argc, argv); }
