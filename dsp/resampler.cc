// SPDX-License-Identifier: Apache-2.0
#include "dsp/resampler.h"

#include <speex/speex_resampler.h>

#include <cassert>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

constexpr int kQuality = 5;  // see the class comment

absl::Status CheckRate(const char* which, int hz) {
  if (hz >= Resampler::kMinRateHz && hz <= Resampler::kMaxRateHz) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("resampler: ", which, " rate is ", hz, " Hz, expected ",
                   Resampler::kMinRateHz, "..", Resampler::kMaxRateHz));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Resampler>> Resampler::Create(int in_hz,
                                                             int out_hz,
                                                             int max_in) {
  if (absl::Status s = CheckRate("input", in_hz); !s.ok()) return s;
  if (absl::Status s = CheckRate("output", out_hz); !s.ok()) return s;
  if (max_in < 1 || max_in > kMaxChunk) {
    return absl::InvalidArgumentError(absl::StrCat(
        "resampler: chunk is ", max_in, " samples, expected 1..", kMaxChunk));
  }
  const int64_t max_out = (int64_t{max_in} * out_hz + in_hz - 1) / in_hz + 1;
  if (max_out > INT32_MAX) {
    return absl::InvalidArgumentError(absl::StrCat(
        "resampler: a chunk of ", max_in, " samples from ", in_hz, " to ",
        out_hz, " Hz has ", max_out, " samples, limit ", INT32_MAX));
  }
  int error = RESAMPLER_ERR_SUCCESS;
  SpeexResamplerState* state =
      speex_resampler_init(1, static_cast<spx_uint32_t>(in_hz),
                           static_cast<spx_uint32_t>(out_hz), kQuality, &error);
  if (state == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat("resampler: ", in_hz, " to ", out_hz,
                     " Hz: ", speex_resampler_strerror(error)));
  }
  return std::unique_ptr<Resampler>(
      new Resampler(state, max_in, static_cast<int>(max_out)));
}

Resampler::Resampler(SpeexResamplerState_* state, int max_in, int max_out)
    : state_(state), max_in_(max_in), max_out_(max_out) {}

Resampler::~Resampler() = default;

void Resampler::Free::operator()(SpeexResamplerState_* state) const {
  speex_resampler_destroy(state);
}

int Resampler::Process(std::span<const float> in,
                       std::span<float> out) noexcept {
  assert(static_cast<int>(in.size()) <= max_in_);
  assert(static_cast<int>(out.size()) >= max_out_);
  if (in.empty()) return 0;
  spx_uint32_t num_in = static_cast<spx_uint32_t>(in.size());
  spx_uint32_t num_out = static_cast<spx_uint32_t>(out.size());
  // Channel 0 of a state that has one.
  speex_resampler_process_float(state_.get(), 0, in.data(), &num_in, out.data(),
                                &num_out);
  assert(num_in == in.size());
  return static_cast<int>(num_out);
}

double Resampler::delay_input_samples() const noexcept {
  return speex_resampler_get_input_latency(state_.get());
}

void Resampler::Reset() noexcept { speex_resampler_reset_mem(state_.get()); }

}  // namespace tacet
