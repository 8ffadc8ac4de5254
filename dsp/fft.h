// SPDX-License-Identifier: Apache-2.0
// The real Fourier transform. fft.cc is the only file that sees KissFFT.
#ifndef TACET_DSP_FFT_H_
#define TACET_DSP_FFT_H_

#include <complex>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dsp/realtime.h"

namespace tacet {

// Transforms N real samples to N/2 + 1 bins and back.
//   State: scratch memory, so one object serves one thread at a time.
//   Sizes that are a multiple of 32 or more run on the processor's vectors
//   (dsp/kissfft/lanes/), so that the last bit depends on its instructions.
class RealFft {
 public:
  static constexpr int kMinSize = 4;  // KissFFT allocates at 2
  static constexpr int kMaxSize = 65536;

  // kernels: one of Kernels(); empty: the fastest for this size.
  // Errors: InvalidArgument unless size is even, a product of powers of 2, 3
  // and 5 (KissFFT allocates during a transform for any other factor), and
  // in kMinSize..kMaxSize, and the kernels can do it.  Realtime-safe: no.
  static absl::StatusOr<std::unique_ptr<RealFft>> Create(
      int size, std::string_view kernels = "");

  // Names of all that this CPU can run, the fastest first; the last is plain
  // KissFFT, the reference, which does every size.
  static std::vector<std::string_view> Kernels();

  ~RealFft();
  RealFft(const RealFft&) = delete;
  RealFft& operator=(const RealFft&) = delete;

  int size() const { return size_; }
  int num_bins() const { return size_ / 2 + 1; }

  // X[k] = sum_n x[n] exp(-2 pi j k n / N), unnormalised.
  //   x [N]  X [N/2 + 1]; they must not overlap.
  // Thread: one at a time.  Realtime-safe: yes.
  void Forward(std::span<const float> x,
               std::span<std::complex<float>> X) noexcept TACET_REALTIME;

  // x[n] = 1/N sum_k X[k] exp(2 pi j k n / N) over the N bins of the
  // conjugate-symmetric extension: Inverse(Forward(x)) = x. The imaginary
  // parts of X[0] and X[N/2] are not used.
  //   X [N/2 + 1]  x [N]; they must not overlap.
  // Thread: one at a time.  Realtime-safe: yes.
  void Inverse(std::span<const std::complex<float>> X,
               std::span<float> x) noexcept TACET_REALTIME;

 private:
  struct Plans;

  RealFft(int size, std::unique_ptr<Plans> plans);

  const int size_;
  std::unique_ptr<Plans> plans_;
};

}  // namespace tacet

#endif  // TACET_DSP_FFT_H_
