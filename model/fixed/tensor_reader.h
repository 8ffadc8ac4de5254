// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FIXED_TENSOR_READER_H_
#define TACET_MODEL_FIXED_TENSOR_READER_H_

#include <cstdint>
#include <cstdlib>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "model/csr_matrix.h"
#include "model/fixed/matrix.h"
#include "model/safetensors.h"
#include "model/str_cat.h"

namespace tacet {

// Reads integer tensors one after the other, keeps the first error, and
// remembers what it has read, so that unknown tensors show up at the end. After
// an error every result is empty or 0, of the right size where it is a vector
// that we own.
class FixedTensorReader {
 public:
  explicit FixedTensorReader(const Safetensors& file) : file_(file) {}

  const absl::Status& status() const { return status_; }
  bool ok() const { return status_.ok(); }

  // A tensor of `size` values, each in −limit..limit.
  template <typename T>
  std::span<const T> Vector(const std::string& name, uint64_t size,
                            int64_t limit) {
    return Vector<T>(name, size, -limit, limit);
  }
  template <typename T>
  std::span<const T> Vector(const std::string& name, uint64_t size,
                            int64_t least, int64_t most);

  // Weights at the places of `structure`.
  FixedMatrix Matrix(const std::string& name, const CsrMatrix& structure);

  // shift, or 0 and an error where it is not in 0..most.
  uint8_t Shift(std::string_view tensor, size_t row, int shift, int most);

  template <typename... Parts>
  void Refuse(std::string_view tensor, const Parts&... parts) {
    status_.Update(
        absl::InvalidArgumentError(StrCat("tensor ", tensor, ": ", parts...)));
  }

  // An error where the file has a tensor of this prefix that was not read.
  void RefuseUnknown(std::string_view prefix);

 private:
  const Safetensors& file_;
  absl::Status status_;
  std::set<std::string, std::less<>> seen_;
};

template <typename T>
std::span<const T> FixedTensorReader::Vector(const std::string& name,
                                             uint64_t size, int64_t least,
                                             int64_t most) {
  if (!ok()) return {};
  seen_.insert(name);
  const auto values = file_.Get<T>(name, {size});
  if (!values.ok()) {
    status_ = values.status();
    return {};
  }
  for (size_t i = 0; i < values->size(); ++i) {
    const int64_t value = (*values)[i];
    if (value >= least && value <= most) continue;
    Refuse(name, "element ", i, " is ", value, ", expected ", least, " to ",
           most);
    return {};
  }
  return *values;
}

}  // namespace tacet

#endif  // TACET_MODEL_FIXED_TENSOR_READER_H_
