// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/tensor_reader.h"

#include "model/fixed/arithmetic.h"

namespace tacet {

FixedMatrix FixedTensorReader::Matrix(const std::string& name,
                                      const CsrMatrix& structure) {
  FixedMatrix m;
  m.num_rows = structure.num_rows;
  m.num_columns = structure.num_columns;
  m.columns = structure.columns;
  m.rows = structure.rows;
  m.values =
      Vector<int8_t>(name + ".values", structure.values.size(), kMaxWeight);
  return m;
}

uint8_t FixedTensorReader::Shift(std::string_view tensor, size_t row, int shift,
                                 int most) {
  if (shift >= 0 && shift <= most) return static_cast<uint8_t>(shift);
  Refuse(tensor, "exponent of row ", row, " makes a shift of ", shift,
         ", expected 0 to ", most);
  return 0;
}

void FixedTensorReader::RefuseUnknown(std::string_view prefix) {
  for (const auto& [name, tensor] : file_.tensors()) {
    if (name.starts_with(prefix) && !seen_.contains(name)) {
      Refuse(Printable(name), "unknown, expected none of this name");
    }
  }
}

}  // namespace tacet
