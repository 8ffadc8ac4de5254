// SPDX-License-Identifier: Apache-2.0
#include "model/feature.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <limits>
#include <random>
#include <vector>

#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

FeatureParams LevelNormalised() {
  FeatureParams params;
  params.kind = FeatureKind::kLevelNormalised;
  params.power = 0.3;
  params.time_s = 1.5;
  params.floor = 0.001;
  return params;
}

FeatureParams Magnitude() {
  FeatureParams params;
  params.kind = FeatureKind::kMagnitude;
  params.offset = 0.0007;
  return params;
}

// Magnitudes of a signal at about -26 dBFS whose level wanders.
std::vector<float> Hop(int t, std::mt19937& engine, float gain) {
  std::vector<float> m(kNumModelBins);
  for (float& v : m) {
    v = gain * 0.003f * (1.5f + std::sin(t * 0.01f)) *
        static_cast<float>(engine() / 4294967296.0);
  }
  return m;
}

TEST(Feature, MagnitudeSubtractsTheOffset) {
  Feature feature(Magnitude());
  std::vector<float> m(kNumModelBins, 0.5f), f(kNumModelBins);
  feature.Compute(m, f);
  for (float v : f) EXPECT_FLOAT_EQ(v, 0.4993f);
}

TEST(Feature, LevelNormalisedMatchesItsEquation) {
  Feature feature(LevelNormalised());
  std::mt19937 engine(5);
  std::vector<float> f(kNumModelBins);
  const double lambda = std::exp(-128.0 / (16000.0 * 1.5));
  double u = 0;
  for (int t = 0; t < 4000; ++t) {
    const std::vector<float> m = Hop(t, engine, 1.0f);
    feature.Compute(m, f);
    double e = 0;
    for (float v : m) e += std::pow(double{v}, 0.3) / kNumModelBins;
    u = lambda * u + (1 - lambda) * e;
    const double level = u / (1 - std::pow(lambda, t + 1));
    for (size_t k = 0; k < f.size(); ++k) {
      const double expected =
          std::pow(double{m[k]}, 0.3) / std::fmax(level, 0.001);
      ASSERT_NEAR(f[k], expected, 2e-6 * std::fmax(1, expected)) << t;
    }
  }
}

FeatureParams WithPhase() {
  FeatureParams params = LevelNormalised();
  params.kind = FeatureKind::kLevelNormalisedPhase;
  return params;
}

using Turns = std::vector<std::complex<float>>;

Turns RandomTurns(std::mt19937& engine, float size) {
  Turns z(kNumPhaseBins);
  for (auto& v : z) {
    v = std::polar(size * static_cast<float>(engine() / 4294967296.0),
                   static_cast<float>(engine() % 1000));
  }
  return z;
}

TEST(Feature, PhaseMatchesItsEquation) {
  Feature plain(LevelNormalised()), feature(WithPhase());
  ASSERT_EQ(feature.num_features(), kNumModelBins + 2 * kNumPhaseBins);
  std::mt19937 engine(6);
  std::vector<float> f(kNumModelBins), g(feature.num_features());
  for (int t = 0; t < 50; ++t) {
    std::vector<float> m = Hop(t, engine, 1.0f);
    m[7] *= 1000.0f;  // above the limit of 3
    Turns z = RandomTurns(engine, 1e-6f);
    z[9] = 0.0f;
    plain.Compute(m, f);
    feature.Compute(m, g, z);
    for (int k = 0; k < kNumModelBins; ++k) ASSERT_EQ(g[k], f[k]) << k;
    for (int k = 0; k < kNumPhaseBins; ++k) {
      std::complex<double> expected = 0.0;
      if (k != 9) {
        expected = std::fmin(double{f[k]}, 3.0) *
                   std::pow(std::complex<double>(0, -1), k) *
                   std::complex<double>(z[k]) /
                   std::abs(std::complex<double>(z[k]));
      }
      ASSERT_NEAR(g[kNumModelBins + k], expected.real(), 1e-5) << k;
      ASSERT_NEAR(g[kNumModelBins + kNumPhaseBins + k], expected.imag(), 1e-5)
          << k;
    }
  }
}

FeatureParams WithFloor() {
  FeatureParams params = LevelNormalised();
  params.kind = FeatureKind::kLevelNormalisedPhaseFloor;
  return params;
}

TEST(Feature, FloorMatchesItsEquation) {
  Feature phase(WithPhase()), feature(WithFloor());
  const int floors = kNumModelBins + 2 * kNumPhaseBins;
  ASSERT_EQ(feature.num_features(), floors + kNumModelBins);
  std::mt19937 engine(9);
  std::vector<float> f(floors), g(feature.num_features());
  for (int start = 0; start < 2; ++start) {  // and again after Reset
    std::vector<double> n(kNumModelBins);
    int capped = 0;
    for (int t = 0; t < 60; ++t) {
      std::vector<float> m = Hop(t, engine, 1.0f);
      if (t % 20 == 19) m[5] *= 1e6f;               // above the most
      for (int k = 30; k < 40; ++k) m[k] = 1e-12f;  // below the least floor
      const Turns z = RandomTurns(engine, 1e-6f);
      phase.Compute(m, f, z);
      feature.Compute(m, g, z);
      for (int k = 0; k < floors; ++k) ASSERT_EQ(g[k], f[k]) << k;
      for (int k = 0; k < kNumModelBins; ++k) {
        const double c = std::pow(std::fmin(double{m[k]}, 1000.0), 0.3);
        if (t == 0) n[k] = c;
        n[k] += 0.008 / (c > n[k] ? 2.0 : 0.15) * (c - n[k]);
        const double above = c / std::fmax(n[k], 0.003);
        capped += above > 8.0;
        ASSERT_NEAR(g[floors + k], std::fmin(above, 8.0), 1e-4)
            << t << " " << k;
      }
    }
    EXPECT_GT(capped, 0);
    phase.Reset();
    feature.Reset();
  }
}

// Silence says nothing about the noise that was there before it.
TEST(Feature, SilenceLeavesTheFloor) {
  Feature paused(WithFloor()), straight(WithFloor());
  std::mt19937 engine(10);
  std::vector<float> f(paused.num_features()), g(f.size());
  const Turns none(kNumPhaseBins);
  for (int t = 0; t < 30; ++t) {
    const std::vector<float> m = Hop(t, engine, 1.0f);
    for (int i = 0; i < 5; ++i) {
      EXPECT_FALSE(paused.Compute(std::vector(kNumModelBins, 0.0f), f, none));
      for (const float v : f) ASSERT_EQ(v, 0.0f);
    }
    paused.Compute(m, f, none);
    straight.Compute(m, g, none);
    ASSERT_EQ(f, g) << t;
  }
}

TEST(Feature, PhaseFeaturesOfASilentHopAreZero) {
  Feature feature(WithPhase());
  std::mt19937 engine(8);
  std::vector<float> g(feature.num_features(), 7.0f);
  EXPECT_FALSE(feature.Compute(std::vector(kNumModelBins, 0.0f), g,
                               RandomTurns(engine, 1e-6f)));
  for (float v : g) EXPECT_EQ(v, 0.0f);
}

TEST(Feature, PhaseIsFiniteForTurnsOfAnySize) {
  Feature feature(WithPhase());
  std::mt19937 engine(9);
  std::vector<float> g(feature.num_features());
  for (const float size : {0.0f, 1e-45f, 1e-30f, 1e-20f, 1e10f, 1e18f, 1e25f,
                           std::numeric_limits<float>::infinity()}) {
    Turns z = RandomTurns(engine, std::isfinite(size) ? size : 1.0f);
    if (!std::isfinite(size)) {
      z[3] = size;
      z[4] = {1.0f, -size};
      z[5] = std::numeric_limits<float>::quiet_NaN();
    }
    feature.Compute(Hop(1, engine, 1.0f), g, z);
    for (float v : g) ASSERT_TRUE(std::isfinite(v)) << size;
  }
}

TEST(Feature, GainCancelsFromTheFirstHop) {
  Feature quiet(LevelNormalised()), loud(LevelNormalised());
  std::mt19937 quiet_engine(5), loud_engine(5);
  std::vector<float> a(kNumModelBins), b(kNumModelBins);
  for (int t = 0; t < 1000; ++t) {
    quiet.Compute(Hop(t, quiet_engine, 1.0f), a);
    loud.Compute(Hop(t, loud_engine, 100.0f), b);
    for (size_t k = 0; k < a.size(); ++k) {
      ASSERT_NEAR(a[k], b[k], 1e-5 * std::fmax(1.0f, a[k])) << t;
    }
  }
}

TEST(Feature, LevelSettlesAfterAStepOfGain) {
  Feature feature(LevelNormalised()), reference(LevelNormalised());
  std::mt19937 engine(5), reference_engine(5);
  std::vector<float> a(kNumModelBins), b(kNumModelBins);
  // 30 s after the step, 20 time constants.
  for (int t = 0; t < 4750; ++t) {
    feature.Compute(Hop(t, engine, t < 1000 ? 1.0f : 100.0f), a);
    reference.Compute(Hop(t, reference_engine, 100.0f), b);
  }
  for (size_t k = 0; k < a.size(); ++k) {
    EXPECT_NEAR(a[k], b[k], 1e-5 * std::fmax(1.0f, b[k]));
  }
}

TEST(Feature, MagnitudeKnowsNoSilence) {
  Feature feature(Magnitude());
  std::vector<float> m(kNumModelBins, 0.0f), f(kNumModelBins);
  for (int t = 0; t < 100; ++t) {
    ASSERT_TRUE(feature.Compute(m, f));
    for (float v : f) ASSERT_FLOAT_EQ(v, -0.0007f);
  }
}

TEST(Feature, SilenceIsToldAndForgotten) {
  Feature feature(LevelNormalised()), reference(LevelNormalised());
  std::mt19937 engine(5), reference_engine(5);
  std::vector<float> f(kNumModelBins), expected(kNumModelBins);
  const std::vector<float> silence(kNumModelBins, 0.0f);
  for (int t = 0; t < 300; ++t) {
    // Before the first sound, and between sounds.
    for (int s = 0; s < (t % 100 == 0 ? 1000 : 0); ++s) {
      ASSERT_FALSE(feature.Compute(silence, f));
      for (float v : f) ASSERT_EQ(v, 0.0f);
    }
    ASSERT_TRUE(feature.Compute(Hop(t, engine, 1.0f), f));
    ASSERT_TRUE(reference.Compute(Hop(t, reference_engine, 1.0f), expected));
    ASSERT_EQ(f, expected) << t;
  }
}

TEST(Feature, SilenceIsBelowHalfTheFloor) {
  Feature feature(LevelNormalised());
  std::vector<float> f(kNumModelBins);
  // 0.3 is the power, 0.001 the floor.
  const float edge = std::pow(0.0005f, 1 / 0.3f);
  EXPECT_FALSE(feature.Compute(std::vector(kNumModelBins, 0.99f * edge), f));
  EXPECT_TRUE(feature.Compute(std::vector(kNumModelBins, 1.01f * edge), f));
}

TEST(Feature, BadMagnitudesGiveFiniteFeaturesAndAreForgotten) {
  const float bad[] = {std::numeric_limits<float>::quiet_NaN(),
                       std::numeric_limits<float>::infinity(), -1.0f, 1e38f};
  for (const FeatureParams& params : {LevelNormalised(), Magnitude()}) {
    for (float value : bad) {
      Feature feature(params);
      std::vector<float> m(kNumModelBins, value), f(kNumModelBins);
      feature.Compute(m, f);
      for (float v : f) ASSERT_TRUE(std::isfinite(v)) << value;
    }
  }
}

TEST(Feature, ResetStartsANewStream) {
  Feature feature(LevelNormalised());
  std::mt19937 engine(5);
  const std::vector<float> m = Hop(0, engine, 1.0f);
  std::vector<float> first(kNumModelBins), again(kNumModelBins);
  feature.Compute(m, first);
  for (int t = 1; t < 100; ++t) feature.Compute(Hop(t, engine, 9.0f), again);
  feature.Reset();
  feature.Compute(m, again);
  EXPECT_EQ(first, again);
}

TEST(Feature, ComputeIsRealtimeSafe) {
  for (const FeatureParams& params :
       {Magnitude(), LevelNormalised(), WithPhase(), WithFloor()}) {
    Feature feature(params);
    std::vector<float> m(kNumModelBins, 0.1f), f(params.num_features());
    const Turns z(params.has_phase() ? kNumPhaseBins : 0);
    const int violations = CountRealtimeViolations([&] {
                             feature.Compute(m, f, z);
                             feature.Reset();
                           }).total();
    EXPECT_EQ(violations, 0) << FeatureName(params.kind);
  }
}

}  // namespace
}  // namespace tacet
