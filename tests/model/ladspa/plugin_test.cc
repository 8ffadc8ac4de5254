// SPDX-License-Identifier: Apache-2.0
// The plugin as a host has it: the shared object that is installed, opened by
// name. TACET_PLUGIN, TACET_COMMAND and TACET_BREACHING_PLUGIN are paths.

#include <sys/wait.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/cli/temp_folder.h"
#include "tests/model/engine_support.h"
#include "tests/model/ladspa/ladspa_host.h"
#include "tests/support/realtime_guard.h"
#include "tests/support/sanitizer.h"
#include "tests/support/signals.h"
#include "tests/support/syscall_trap.h"

namespace tacet {
namespace {

constexpr char kLimit[] = "Attenuation limit (dB)";
constexpr size_t kNumSamples = 20000;

std::vector<Signal> Noise(size_t channels) {
  std::vector<Signal> planes;
  for (size_t c = 0; c < channels; ++c) {
    planes.push_back(
        WhiteNoise(kNumSamples, static_cast<uint32_t>(c + 1), 0.1f));
  }
  return planes;
}

const LADSPA_Descriptor* Label(const std::string& label) {
  const LADSPA_Descriptor* found = FindPlugin(TACET_PLUGIN, label);
  EXPECT_NE(found, nullptr) << label;
  return found;
}

// What `tacet denoise` writes for these planes, as float.
std::vector<Signal> CommandOutput(const std::vector<Signal>& planes,
                                  int rate_hz, const std::string& options) {
  const TempFolder folder;
  const size_t channels = planes.size();
  std::vector<float> frames(planes[0].size() * channels);
  for (size_t i = 0; i < frames.size(); ++i) {
    frames[i] = planes[i % channels][i / channels];
  }
  const std::streamsize bytes =
      static_cast<std::streamsize>(frames.size() * sizeof(float));
  std::ofstream(folder.Path("in.raw"), std::ios::binary)
      .write(reinterpret_cast<const char*>(frames.data()), bytes);
  const std::string command =
      std::string(TACET_COMMAND) + " denoise -q --raw-format f32le" +
      " --raw-rate " + std::to_string(rate_hz) + " --raw-channels " +
      std::to_string(channels) + " " + options + " " + folder.Path("in.raw") +
      " " + folder.Path("out.raw");
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  std::ifstream out(folder.Path("out.raw"), std::ios::binary);
  out.read(reinterpret_cast<char*>(frames.data()), bytes);
  EXPECT_EQ(out.gcount(), bytes);
  std::vector<Signal> result(channels);
  for (size_t i = 0; i < frames.size(); ++i) {
    result[i % channels].push_back(frames[i]);
  }
  return result;
}

// The planes as `tacet denoise` has them: silence pushes out what is late.
std::vector<Signal> PluginOutput(LadspaHost* host, std::vector<Signal> planes,
                                 const std::vector<size_t>& blocks,
                                 bool in_place) {
  host->Run(0);
  const auto latency = static_cast<size_t>(host->control("latency"));
  for (Signal& plane : planes) plane.resize(plane.size() + latency);
  planes = host->RunAll(planes, blocks, in_place);
  for (Signal& plane : planes) {
    plane.erase(plane.begin(), plane.begin() + static_cast<long>(latency));
  }
  return planes;
}

TEST(LadspaPlugin, EqualsTheCommandBitForBitAtAnyBlockSize) {
  std::mt19937 random(1);
  std::vector<size_t> sizes(50);
  for (size_t& size : sizes) size = random() % 3000;
  for (const char* label : {"tacet_mono", "tacet_stereo"}) {
    for (const int rate_hz : {16000, 44100, 48000}) {
      const LADSPA_Descriptor* descriptor = Label(label);
      const auto planes = Noise(LadspaHost(descriptor, 48000).num_channels());
      const auto expected = CommandOutput(planes, rate_hz, "");
      bool in_place = false;
      for (const auto& blocks :
           {std::vector<size_t>{1}, {64}, {480}, {1024}, {30000}, sizes}) {
        LadspaHost host(descriptor, static_cast<unsigned long>(rate_hz));
        EXPECT_EQ(PluginOutput(&host, planes, blocks, in_place), expected)
            << label << ", " << rate_hz << " Hz, blocks of " << blocks[0];
        in_place = !in_place;
      }
    }
  }
}

TEST(LadspaPlugin, LimitAndBypassEqualTheCommand) {
  const auto planes = Noise(2);
  LadspaHost limited(Label("tacet_stereo"), 48000);
  limited.control(kLimit) = 12.0f;
  EXPECT_EQ(PluginOutput(&limited, planes, {512}, true),
            CommandOutput(planes, 48000, "--attenuation-limit 12"));
  LadspaHost bypassed(Label("tacet_stereo"), 48000);
  bypassed.control("Bypass") = 1.0f;
  EXPECT_EQ(PluginOutput(&bypassed, planes, {512}, true),
            CommandOutput(planes, 48000, "--bypass"));
}

TEST(LadspaPlugin, MixLiesBetweenBypassAndDenoised) {
  const auto planes = Noise(1);
  const auto at = [&planes](float mix) {
    LadspaHost host(Label("tacet_mono"), 48000);
    host.control("Mix") = mix;
    return PluginOutput(&host, planes, {512}, true)[0];
  };
  const Signal wet = at(1.0f), dry = at(0.0f), mixed = at(0.5f);
  Signal expected;
  for (size_t i = 0; i < wet.size(); ++i) {
    expected.push_back(0.5f * (wet[i] + dry[i]));
  }
  EXPECT_LT(ErrorDb(expected, mixed), -110.0);
  EXPECT_GT(ErrorDb(dry, mixed), -40.0);
}

TEST(LadspaPlugin, ActivateForgetsWhatWasHeard) {
  const auto planes = Noise(1);
  LadspaHost host(Label("tacet_mono"), 48000);
  const auto first = PluginOutput(&host, planes, {512}, true);
  EXPECT_NE(PluginOutput(&host, planes, {512}, true), first);
  host.Activate();
  EXPECT_EQ(PluginOutput(&host, planes, {512}, true), first);
}

TEST(LadspaPlugin, TellsTheEnginesLatency) {
  for (const auto& [rate_hz, latency] :
       {std::pair{16000ul, 512.0f}, {48000ul, 1536.0f}}) {
    LadspaHost host(Label("tacet_mono"), rate_hz);
    host.Run(0);
    EXPECT_EQ(host.control("latency"), latency) << rate_hz;
  }
}

TEST(LadspaPlugin, TakesAnyRate) {
  const auto planes = Noise(1);
  for (const unsigned long rate_hz : {1000ul, 7919ul, 192000ul, 384000ul}) {
    LadspaHost host(Label("tacet_mono"), rate_hz);
    EXPECT_TRUE(AllFinite(PluginOutput(&host, planes, {480}, true)));
    EXPECT_GT(host.control("latency"), 0.0f) << rate_hz;
  }
  for (const unsigned long rate_hz :
       {0ul, 999ul, 384001ul, std::numeric_limits<unsigned long>::max()}) {
    LadspaHost host(Label("tacet_mono"), rate_hz);
    EXPECT_EQ(PluginOutput(&host, planes, {480}, false), planes) << rate_hz;
    EXPECT_EQ(host.control("latency"), 0.0f);
  }
}

TEST(LadspaPlugin, ControlsThatAreNoNumbersCountAsDefaults) {
  const auto planes = Noise(1);
  LadspaHost normal(Label("tacet_mono"), 48000);
  LadspaHost strange(Label("tacet_mono"), 48000);
  for (const char* name : {kLimit, "Mix", "Bypass"}) {
    strange.control(name) = std::nanf("");
  }
  EXPECT_EQ(PluginOutput(&strange, planes, {480}, true),
            PluginOutput(&normal, planes, {480}, true));
}

TEST(LadspaPlugin, BadSamplesDoNotComeOut) {
  auto planes = Noise(1);
  planes[0][100] = std::nanf("");
  planes[0][200] = std::numeric_limits<float>::infinity();
  LadspaHost host(Label("tacet_mono"), 44100);
  EXPECT_TRUE(AllFinite(PluginOutput(&host, planes, {480}, true)));
}

TEST(LadspaPlugin, DescriptorsKeepTheRules) {
  const LADSPA_Descriptor* mono = Label("tacet_mono");
  const LADSPA_Descriptor* stereo = Label("tacet_stereo");
  EXPECT_NE(mono->UniqueID, stereo->UniqueID);
  for (const LADSPA_Descriptor* descriptor : {mono, stereo}) {
    EXPECT_GT(descriptor->UniqueID, 1000u) << "reserved for development";
    EXPECT_LT(descriptor->UniqueID, 0x1000000u);
    EXPECT_TRUE(LADSPA_IS_HARD_RT_CAPABLE(descriptor->Properties));
    EXPECT_FALSE(LADSPA_IS_INPLACE_BROKEN(descriptor->Properties));
    EXPECT_EQ(std::string(descriptor->Label).find_first_of(" ="),
              std::string::npos);
  }
  EXPECT_EQ(FindPlugin(TACET_PLUGIN, "no such label"), nullptr);
}

// --- hard-real-time capable --------------------------------------------------

// A few runs with changes of each control, ready to go.
class ControlTurner {
 public:
  explicit ControlTurner(LadspaHost* host)
      : host_(host),
        limit_(host->control(kLimit)),
        bypass_(host->control("Bypass")),
        mix_(host->control("Mix")),
        block_(WhiteNoise(480, 1, 0.1f)) {
    const std::vector<float*> planes(host->num_channels(), block_.data());
    host->Connect(planes, planes);
  }

  void Run() {
    for (int i = 0; i < 100; ++i) {
      if (i == 20) limit_ = 6.0f;
      if (i == 40) bypass_ = 1.0f;
      if (i == 60) mix_ = 0.5f;
      if (i == 80) host_->Activate();
      host_->Run(block_.size());
    }
  }

 private:
  LadspaHost* const host_;
  float& limit_;
  float& bypass_;
  float& mix_;
  std::vector<float> block_;
};

TEST(LadspaPlugin, ProcessIsRealtimeSafe) {
  for (const char* label : {"tacet_mono", "tacet_stereo"}) {
    for (const unsigned long rate_hz : {16000ul, 44100ul, 48000ul, 1ul}) {
      LadspaHost host(Label(label), rate_hz);
      ControlTurner turner(&host);
      const RealtimeGuard::Counts counts =
          CountRealtimeViolations([&turner] { turner.Run(); });
      EXPECT_EQ(counts.total(), 0) << label << " at " << rate_hz;
    }
  }
}

TEST(LadspaPlugin, TheGuardSeesIntoPlugins) {
  LadspaHost host(FindPlugin(TACET_BREACHING_PLUGIN, "breaching"), 48000);
  const RealtimeGuard::Counts counts =
      CountRealtimeViolations([&host] { host.Run(480); });
  EXPECT_EQ(counts.allocations, 1);
  EXPECT_EQ(counts.frees, 1);
  EXPECT_EQ(counts.mutex_locks, 1);
}

// Never return.
[[noreturn]] void RunTrapped() {
  LadspaHost host(Label("tacet_stereo"), 44100);
  ControlTurner turner(&host);
  AllowOnlyExit();
  turner.Run();
  _exit(0);
}
[[noreturn]] void RunBreachingTrapped() {
  LadspaHost host(FindPlugin(TACET_BREACHING_PLUGIN, "breaching"), 44100);
  AllowOnlyExit();
  host.Run(480);
  _exit(0);
}

TEST(LadspaSeccompDeathTest, RunCallsNoSystem) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer calls the system";
  EXPECT_EXIT(RunTrapped(), testing::ExitedWithCode(0), "");
}

TEST(LadspaSeccompDeathTest, TheTrapFires) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer calls the system";
  EXPECT_EXIT(RunBreachingTrapped(), testing::KilledBySignal(SIGSYS), "");
}

}  // namespace
}  // namespace tacet
