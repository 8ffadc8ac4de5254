// SPDX-License-Identifier: Apache-2.0
#include "dsp/fft.h"

#include <kiss_fftr.h>

#include <cassert>
#include <cstddef>
#include <new>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsp/kissfft/lanes/lane_fft.h"

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

constexpr std::align_val_t kAlignment{64};

struct FreeAligned {
  void operator()(std::byte* p) const { ::operator delete[](p, kAlignment); }
};

std::vector<const TacetLaneFft*> LaneFfts() {
  std::vector<const TacetLaneFft*> ffts;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl")) {
    ffts.push_back(&lane_fft_avx512);
  }
  if (__builtin_cpu_supports("avx2")) ffts.push_back(&lane_fft_avx2);
#endif
  ffts.push_back(&lane_fft_baseline);
  return ffts;
}

constexpr std::string_view kReference = "kissfft";

}  // namespace

struct RealFft::Plans {
  // KissFFT's two, or one on vectors.
  Plan forward;
  Plan inverse;
  const TacetLaneFft* lanes = nullptr;
  std::unique_ptr<std::byte[], FreeAligned> lane_plan;

  bool MakeLanes(int size, std::string_view kernels) {
    for (const TacetLaneFft* fft : LaneFfts()) {
      if (!kernels.empty() && kernels != fft->name) continue;
      const size_t bytes = fft->plan_size(size);
      if (bytes == 0) continue;
      lane_plan.reset(new (kAlignment) std::byte[bytes]);
      fft->make_plan(size, lane_plan.get());
      lanes = fft;
      return true;
    }
    return false;
  }

  bool MakeReference(int size) {
    forward.reset(kiss_fftr_alloc(size, 0, nullptr, nullptr));
    inverse.reset(kiss_fftr_alloc(size, 1, nullptr, nullptr));
    return forward != nullptr && inverse != nullptr;
  }
};

std::vector<std::string_view> RealFft::Kernels() {
  std::vector<std::string_view> names;
  for (const TacetLaneFft* fft : LaneFfts()) names.push_back(fft->name);
  names.push_back(kReference);
  return names;
}

absl::StatusOr<std::unique_ptr<RealFft>> RealFft::Create(
    int size, std::string_view kernels) {
  if (size < kMinSize || size > kMaxSize || size % 2 != 0 ||
      !HasOnlyFactors235(size)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "fft: size is ", size, ", expected an even product of powers of 2, 3 ",
        "and 5 in ", kMinSize, "..", kMaxSize));
  }
  auto plans = std::make_unique<Plans>();
  if (kernels == kReference || !plans->MakeLanes(size, kernels)) {
    if (!kernels.empty() && kernels != kReference) {
      return absl::InvalidArgumentError(
          absl::StrCat("fft: kernels ", std::string(kernels),
                       " cannot do size ", size, " here"));
    }
    if (!plans->MakeReference(size)) {
      return absl::ResourceExhaustedError(
          absl::StrCat("fft: no memory for a plan of size ", size));
    }
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
  if (plans_->lanes != nullptr) {
    plans_->lanes->forward(plans_->lane_plan.get(), x.data(),
                           reinterpret_cast<float*>(X.data()));
    return;
  }
  kiss_fftr(plans_->forward.get(), x.data(),
            reinterpret_cast<kiss_fft_cpx*>(X.data()));
}

void RealFft::Inverse(std::span<const std::complex<float>> X,
                      std::span<float> x) noexcept {
  assert(static_cast<int>(X.size()) == num_bins());
  assert(static_cast<int>(x.size()) == size_);
  assert(Disjoint(x, X));
  if (plans_->lanes != nullptr) {
    plans_->lanes->inverse(plans_->lane_plan.get(),
                           reinterpret_cast<const float*>(X.data()), x.data());
    return;
  }
  kiss_fftri(plans_->inverse.get(),
             reinterpret_cast<const kiss_fft_cpx*>(X.data()), x.data());
  const float scale = 1.0f / static_cast<float>(size_);
  for (float& sample : x) sample *= scale;
}

}  // namespace tacet
