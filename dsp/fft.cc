// SPDX-License-Identifier: Apache-2.0
#include "dsp/fft.h"

#include <kiss_fftr.h>

#include <cassert>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

static_assert(sizeof(kiss_fft_scalar) == sizeof(float));
static_assert(sizeof(kiss_fft_cpx) == sizeof(std::complex<float>));

struct FreePlan {
  void operator()(kiss_fftr_state* plan) const { kiss_fftr_free(plan); }
};
using Plan = std::unique_ptr<kiss_fftr_state, FreePlan>;

bool HasOnlyFactors235(int n) {
  for (int factor : {2, 3, 5}) {
    while (n % factor == 0) n /= factor;
  }
  return n == 1;
}

#ifndef NDEBUG
template <typename A, typename B>
bool Disjoint(std::span<A> a, std::span<B> b) {
  const auto* a_begin = reinterpret_cast<const char*>(a.data());
  const auto* b_begin = reinterpret_cast<const char*>(b.data());
  return a_begin + a.size_bytes() <= b_begin ||
         b_begin + b.size_bytes() <= a_begin;
}
#endif

}  // namespace

struct RealFft::Plans {
  Plan forward;
  Plan inverse;
};

absl::StatusOr<std::unique_ptr<RealFft>> RealFft::Create(int size) {
  if (size < kMinSize || size > kMaxSize || size % 2 != 0 ||
      !HasOnlyFactors235(size)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "fft: size is ", size, ", expected an even product of powers of 2, 3 ",
        "and 5 in ", kMinSize, "..", kMaxSize));
  }
  auto plans = std::make_unique<Plans>();
  plans->forward.reset(kiss_fftr_alloc(size, 0, nullptr, nullptr));
  plans->inverse.reset(kiss_fftr_alloc(size, 1, nullptr, nullptr));
  if (plans->forward == nullptr || plans->inverse == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat("fft: no memory for a plan of size ", size));
  }
  return std::unique_ptr<RealFft>(new RealFft(size, std::move(plans)));
}

RealFft::RealFft(int size, std::unique_ptr<Plans> plans)
    : size_(size), plans_(std::move(plans)) {}

RealFft::~RealFft() = default;

void RealFft::Forward(std::span<const float> x,
                      std::span<std::complex<float>> X) noexcept {
  assert(static_cast<int>(x.size()) == size_);
  assert(static_cast<int>(X.size()) == num_bins());
  // KissFFT allocates a copy when input and output are the same.
  assert(Disjoint(x, X));
  kiss_fftr(plans_->forward.get(), x.data(),
            reinterpret_cast<kiss_fft_cpx*>(X.data()));
}

void RealFft::Inverse(std::span<const std::complex<float>> X,
                      std::span<float> x) noexcept {
  assert(static_cast<int>(X.size()) == num_bins());
  assert(static_cast<int>(x.size()) == size_);
  assert(Disjoint(x, X));
  kiss_fftri(plans_->inverse.get(),
             reinterpret_cast<const kiss_fft_cpx*>(X.data()), x.data());
  const float scale = 1.0f / static_cast<float>(size_);
  for (float& sample : x) sample *= scale;
}

}  // namespace tacet
