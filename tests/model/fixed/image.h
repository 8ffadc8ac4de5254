// SPDX-License-Identifier: Apache-2.0
// Reads training/fixed_golden.py's dump of a checked model without the model
// loader and its libraries: 32-bit little-endian integers, each array with its
// length in front.
#ifndef TACET_TESTS_MODEL_FIXED_IMAGE_H_
#define TACET_TESTS_MODEL_FIXED_IMAGE_H_

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <span>
#include <vector>

#include "model/fixed/weights.h"

namespace tacet {

// Owns what the views of FixedWeights look at.
class Image {
 public:
  explicit Image(std::FILE* file) : file_(file) {}

  int32_t Next() {
    uint8_t b[4];
    if (std::fread(b, 1, 4, file_) != 4) std::exit(3);
    return static_cast<int32_t>(b[0] | b[1] << 8 | b[2] << 16 |
                                static_cast<uint32_t>(b[3]) << 24);
  }
  template <typename T>
  std::vector<T> Vector() {
    std::vector<T> v(Next());
    for (T& value : v) value = static_cast<T>(Next());
    return v;
  }
  template <typename T>
  std::span<const T> Array() {
    auto& kept = Kept<T>();
    kept.push_back(Vector<T>());
    return kept.back();
  }
  FixedMatrix Matrix() {
    FixedMatrix m;
    m.num_rows = Next();
    m.num_columns = Next();
    m.values = Array<int8_t>();
    m.columns = Array<uint16_t>();
    m.rows = Array<uint32_t>();
    return m;
  }
  FixedAffine Affine() {
    FixedAffine a;
    a.weight = Matrix();
    a.bias = Array<int32_t>();
    a.shift = Vector<uint8_t>();
    return a;
  }

 private:
  template <typename T>
  static std::deque<std::vector<T>>& Kept() {
    static std::deque<std::vector<T>> kept;
    return kept;
  }
  std::FILE* file_;
};

inline FixedS5Weights ReadLayer(Image& image) {
  FixedS5Weights w;
  w.max_state = image.Next();
  w.a_re = image.Array<int16_t>();
  w.a_im = image.Array<int16_t>();
  w.b_re = image.Matrix();
  w.b_im = image.Matrix();
  w.b_bias_re = image.Array<int32_t>();
  w.b_bias_im = image.Array<int32_t>();
  w.scale_re = image.Array<int16_t>();
  w.scale_im = image.Array<int16_t>();
  w.v_shift = image.Vector<uint8_t>();
  w.r_shift = image.Vector<uint8_t>();
  w.c_re = image.Matrix();
  w.c_im = image.Matrix();
  w.d = image.Array<int16_t>();
  w.d_shift = image.Vector<uint8_t>();
  w.y_bias = image.Array<int32_t>();
  w.y_shift = image.Vector<uint8_t>();
  w.gate = image.Affine();
  w.x_left_shift = image.Next();
  w.out_shift = image.Next();
  return w;
}

inline FixedWeights ReadImage(std::FILE* file) {
  Image image(file);
  FixedWeights w;
  w.mask = static_cast<MaskRule>(image.Next());
  w.state_activation = static_cast<StateActivation>(image.Next());
  w.num_bins = image.Next();
  w.num_features = image.Next();
  w.hidden = image.Next();
  w.num_states = image.Next();
  w.output_exponent = image.Next();
  w.encoder = image.Affine();
  for (int i = image.Next(); i > 0; --i) w.layers.push_back(ReadLayer(image));
  w.decoder = image.Affine();
  return w;
}

// The next token of a file of 16-bit little-endian features; false: no more.
inline bool ReadToken(std::FILE* file, std::span<int16_t> token) {
  for (int16_t& value : token) {
    uint8_t b[2];
    if (std::fread(b, 1, 2, file) != 2) return false;
    value = static_cast<int16_t>(b[0] | b[1] << 8);
  }
  return true;
}

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_FIXED_IMAGE_H_
