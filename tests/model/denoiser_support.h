// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TESTS_MODEL_DENOISER_SUPPORT_H_
#define TACET_TESTS_MODEL_DENOISER_SUPPORT_H_

#include <memory>
#include <utility>

#include "gtest/gtest.h"
#include "model/denoiser.h"
#include "tests/model/engine_support.h"
#include "tests/support/signals.h"

namespace tacet {

inline constexpr int kHop = 128;  // at 16 kHz

inline DenoiserParams Params(int channels = 1,
                             ChannelLink link = ChannelLink::kIndependent,
                             int rate_hz = 16000,
                             WindowKind window = WindowKind::kSqrtHann) {
  DenoiserParams params;
  params.front_end = *FrontEnd::Create(window, rate_hz);
  params.num_channels = channels;
  params.link = link;
  return params;
}

inline std::unique_ptr<Denoiser> MakeDenoiser(const EstimatorSource& source,
                                              const DenoiserParams& params) {
  auto denoiser = Denoiser::Create(source, params);
  EXPECT_TRUE(denoiser.ok()) << denoiser.status();
  return *std::move(denoiser);
}

inline Signal Negated(const Signal& x) {
  Signal y;
  for (float sample : x) y.push_back(-sample);
  return y;
}

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_DENOISER_SUPPORT_H_
