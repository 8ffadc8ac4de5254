// SPDX-License-Identifier: Apache-2.0
// Hashes every stage of the integer network on a feature file, without the
// model loader and its libraries, so that it is built in a second for any
// compiler and machine (scripts/fixed_everywhere.sh).
//   portable IMAGE FEATURES.i16
// IMAGE is training/fixed_golden.py's dump of a checked model: 32-bit
// little-endian integers, each array with its length in front.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <vector>

#include "tests/model/fixed/stage_hash.h"

namespace {

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
  tacet::FixedMatrix Matrix() {
    tacet::FixedMatrix m;
    m.num_rows = Next();
    m.num_columns = Next();
    m.values = Array<int8_t>();
    m.columns = Array<uint16_t>();
    m.rows = Array<uint32_t>();
    return m;
  }
  tacet::FixedAffine Affine() {
    tacet::FixedAffine a;
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

tacet::FixedS5Weights ReadLayer(Image& image) {
  tacet::FixedS5Weights w;
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

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::FILE* file = std::fopen(argv[1], "rb");
  std::FILE* features = std::fopen(argv[2], "rb");
  if (file == nullptr || features == nullptr) return 2;
  Image image(file);
  tacet::FixedWeights w;
  w.mask = static_cast<tacet::MaskRule>(image.Next());
  w.state_activation = static_cast<tacet::StateActivation>(image.Next());
  w.num_bins = image.Next();
  w.num_features = image.Next();
  w.hidden = image.Next();
  w.num_states = image.Next();
  w.output_exponent = image.Next();
  w.encoder = image.Affine();
  for (int i = image.Next(); i > 0; --i) w.layers.push_back(ReadLayer(image));
  w.decoder = image.Affine();

  tacet::StageHasher hasher(w, tacet::ScalarFixedKernels());
  std::vector<uint8_t> bytes(2 * w.num_features);
  std::vector<int16_t> token(w.num_features);
  while (std::fread(bytes.data(), 1, bytes.size(), features) == bytes.size()) {
    for (size_t k = 0; k < token.size(); ++k) {
      token[k] = static_cast<int16_t>(bytes[2 * k] | bytes[2 * k + 1] << 8);
    }
    hasher.Step(token);
  }
  tacet::PrintHashes(hasher.hashes());
  return 0;
}
