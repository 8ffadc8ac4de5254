// SPDX-License-Identifier: Apache-2.0
#include "model/block/pair_matrix.h"

#include <cassert>

namespace tacet {
namespace {

struct Entry {
  uint16_t column;
  int16_t weight;
};

void AppendRow(const FixedMatrix& m, int row, int offset,
               std::vector<Entry>* entries) {
  for (uint32_t i = m.rows[row]; i < m.rows[row + 1]; ++i) {
    entries->push_back(
        {static_cast<uint16_t>(m.columns[i] + offset), m.values[i]});
  }
}

}  // namespace

PairMatrix::PairMatrix(const FixedMatrix& a, const FixedMatrix* b, int offset) {
  assert(b == nullptr || b->num_rows == a.num_rows);
  assert(b == nullptr || offset + b->num_columns <= 65536);
  std::vector<Entry> entries;
  for (int r = 0; r < a.num_rows; ++r) {
    entries.clear();
    AppendRow(a, r, 0, &entries);
    if (b != nullptr) AppendRow(*b, r, offset, &entries);
    if (entries.size() % 2 != 0) entries.push_back({entries.back().column, 0});
    for (size_t i = 0; i < entries.size(); i += 2) {
      pairs_.push_back({{entries[i].column, entries[i + 1].column},
                        {entries[i].weight, entries[i + 1].weight}});
    }
    starts_.push_back(static_cast<uint32_t>(pairs_.size()));
  }
}

}  // namespace tacet
