// SPDX-License-Identifier: Apache-2.0
// The graph of docs/model-format.md once more, written apart from model/: dense
// matrices, double precision, complex numbers, the file's own arrays.
#ifndef TACET_TESTS_MODEL_NAIVE_NETWORK_H_
#define TACET_TESTS_MODEL_NAIVE_NETWORK_H_

#include <complex>
#include <vector>

#include "tests/model/make_model.h"

namespace tacet {

using Row = std::vector<double>;
using ComplexRow = std::vector<std::complex<double>>;

// What one layer did with one token.
struct NaiveLayerTrace {
  Row input;         // [H]
  ComplexRow state;  // [P] s
  Row y;             // [H]
  Row output;        // [H]
};

struct NaiveTrace {
  Row encoder;  // [H]
  std::vector<NaiveLayerTrace> layers;
  Row outputs;  // [num_outputs]
  ComplexRow mask;
};

class NaiveNetwork {
 public:
  explicit NaiveNetwork(const RawFile& file);
  NaiveTrace Step(const Row& features);

 private:
  using Dense = std::vector<Row>;

  Dense Matrix(const std::string& name, size_t num_columns) const;
  Row Vector(const std::string& name) const;
  NaiveLayerTrace StepLayer(size_t index, const Row& x);
  ComplexRow Mask(const Row& outputs) const;

  RawFile file_;
  size_t hidden_, num_states_;
  std::vector<ComplexRow> states_;
};

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_NAIVE_NETWORK_H_
