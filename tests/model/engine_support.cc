// SPDX-License-Identifier: Apache-2.0
#include "tests/model/engine_support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "dsp/window.h"
#include "model/unit_estimator.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

std::vector<Signal> OutputFor(const std::vector<Signal>& in) {
  return std::vector<Signal>(
      in.size(), Signal(in[0].size(), std::numeric_limits<float>::quiet_NaN()));
}

}  // namespace

EstimatorSource FakeSource(const FakeEstimator::Answer& answer) {
  return {.feature = FeatureParams{},
          .make = [answer] { return std::make_unique<FakeEstimator>(answer); }};
}

EstimatorSource UnitSource(WindowKind window, std::complex<float> mask) {
  return {.feature = FeatureParams{}, .make = [window, mask] {
            return std::make_unique<UnitEstimator>(FrontEndId{window}, mask);
          }};
}

std::vector<Signal> RunStream(Stream* stream, const std::vector<Signal>& in,
                              const std::vector<int>& chunks) {
  std::vector<Signal> out = OutputFor(in);
  const int size = static_cast<int>(in[0].size());
  for (int done = 0, i = 0; done < size; ++i) {
    const int count = std::min(chunks[i % chunks.size()], size - done);
    std::vector<const float*> from;
    std::vector<float*> to;
    for (size_t c = 0; c < in.size(); ++c) {
      from.push_back(in[c].data() + done);
      to.push_back(out[c].data() + done);
    }
    stream->Process(from, to, count);
    done += count;
  }
  return out;
}

std::vector<Signal> RunDenoiser(Denoiser* denoiser,
                                const std::vector<Signal>& in) {
  std::vector<Signal> out = OutputFor(in);
  const size_t hop = denoiser->front_end().hop_size;
  for (size_t done = 0; done + hop <= in[0].size(); done += hop) {
    std::vector<const float*> from;
    std::vector<float*> to;
    for (size_t c = 0; c < in.size(); ++c) {
      from.push_back(in[c].data() + done);
      to.push_back(out[c].data() + done);
    }
    denoiser->Process(from, to);
  }
  return out;
}

double DelayedErrorDb(const Signal& x, const Signal& y, int delay) {
  return ErrorDb(std::span(x).first(x.size() - delay),
                 std::span(y).subspan(delay));
}

double MaxSecondDifference(std::span<const float> x) {
  double largest = 0.0;
  for (size_t n = 2; n < x.size(); ++n) {
    largest = std::max(largest, std::abs(static_cast<double>(x[n]) -
                                         2.0 * x[n - 1] + x[n - 2]));
  }
  return largest;
}

double MaxEnergyGain(const FrontEnd& front_end) {
  const auto windows = MakeWindowPair(front_end);
  EXPECT_TRUE(windows.ok()) << windows.status();
  const auto most = [&](const std::vector<float>& window) {
    double largest = 0.0;
    for (int n = 0; n < front_end.hop_size; ++n) {
      double sum = 0.0;
      for (int i = n; i < front_end.window_size; i += front_end.hop_size) {
        sum += double{window[i]} * window[i];
      }
      largest = std::max(largest, sum);
    }
    return largest;
  };
  return most(windows->analysis) * most(windows->synthesis);
}

bool AllFinite(const std::vector<Signal>& signals) {
  for (const Signal& signal : signals) {
    for (float x : signal) {
      if (!std::isfinite(x)) return false;
    }
  }
  return true;
}

}  // namespace tacet
