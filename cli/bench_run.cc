// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/audio_reader.h"
#include "cli/model_report.h"
#include "cli/process_usage.h"
#include "cli/sample.h"
#include "dsp/realtime.h"
#include "dsp/resampler.h"
#include "model/model_info.h"
#include "model/stream.h"

namespace tacet {
namespace {

constexpr int kReadFrames = 4096;
// Longest input that is kept; what is longer is repeated from the start.
constexpr size_t kMaxInputFrames = size_t{1} << 24;

int64_t NowNs() {
  return std::chrono::steady_clock::now().time_since_epoch() /
         std::chrono::nanoseconds(1);
}

// The mean of the channels of each frame.
void MixDown(std::span<const float> interleaved, size_t num_channels,
             std::vector<float>* mono) {
  mono->clear();
  for (size_t i = 0; i < interleaved.size(); i += num_channels) {
    const auto frame = interleaved.subspan(i, num_channels);
    mono->push_back(std::accumulate(frame.begin(), frame.end(), 0.0f) /
                    static_cast<float>(num_channels));
  }
}

// One channel at the stream's rate. Errors: those of the file; an empty file.
absl::StatusOr<std::vector<float>> ReadInput(const std::string& path,
                                             int rate_hz) {
  auto reader =
      path.empty() ? OpenSample() : AudioReader::Open(path, std::nullopt);
  if (!reader.ok()) return reader.status();
  const AudioShape shape = (*reader)->shape();
  auto resampler =
      Resampler::Create(shape.sample_rate_hz, rate_hz, kReadFrames);
  if (!resampler.ok()) return resampler.status();
  const size_t num_channels = static_cast<size_t>(shape.num_channels);
  std::vector<float> block(kReadFrames * num_channels), mono, input;
  std::vector<float> converted((*resampler)->max_out());
  while (input.size() < kMaxInputFrames) {
    const int64_t frames = (*reader)->Read(block);
    if (frames == 0) break;
    MixDown(std::span(block).first(static_cast<size_t>(frames) * num_channels),
            num_channels, &mono);
    if (shape.sample_rate_hz == rate_hz) {
      input.insert(input.end(), mono.begin(), mono.end());
      continue;
    }
    const int written = (*resampler)->Process(mono, converted);
    input.insert(input.end(), converted.begin(), converted.begin() + written);
  }
  if (input.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": has no audio"));
  }
  return input;
}

// Streams in turn, a hop each.
class StreamSet {
 public:
  static absl::StatusOr<StreamSet> Create(const EstimatorSource& source,
                                          int rate_hz, int num_streams,
                                          const std::vector<float>& input) {
    StreamSet set(input);
    for (int i = 0; i < num_streams; ++i) {
      StreamParams params;
      params.sample_rate_hz = rate_hz;
      auto stream = Stream::Create(source, params);
      if (!stream.ok()) return stream.status();
      set.streams_.push_back(*std::move(stream));
    }
    set.hop_.resize(set.streams_[0]->front_end().hop_size);
    return set;
  }

  int hop_size() const { return static_cast<int>(hop_.size()); }

  void Observe(HopObserver* observer) {
    for (auto& stream : streams_) stream->SetObserver(observer);
  }

  // Calls run(process) for each hop of each stream, where process() does it.
  template <typename RunOne>
  void Run(int64_t hops_per_stream, const RunOne& run) {
    const ScopedFlushDenormals flush_denormals;
    for (int64_t t = 0; t < hops_per_stream; ++t) {
      for (size_t s = 0; s < streams_.size(); ++s) {
        Fill(t + static_cast<int64_t>(s));
        const float* in = hop_.data();
        float* out = hop_.data();
        run([&] { streams_[s]->Process({&in, 1}, {&out, 1}, hop_size()); });
      }
    }
  }

 private:
  explicit StreamSet(const std::vector<float>& input) : input_(input) {}

  void Fill(int64_t hop) {
    size_t from = static_cast<size_t>(hop) * hop_.size() % input_.size();
    for (float& sample : hop_) {
      sample = input_[from];
      if (++from == input_.size()) from = 0;
    }
  }

  const std::vector<float>& input_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<float> hop_;
};

class StageClock final : public HopObserver {
 public:
  int64_t NowNs() noexcept override { return tacet::NowNs(); }
  void OnHop(const HopTimes& times) noexcept override { last = times; }
  HopTimes last;
};

void TimeStages(StreamSet& streams, int64_t hops_per_stream,
                std::vector<BenchStage>* stages) {
  *stages = {{"analysis", {}}, {"network", {}}, {"synthesis", {}}, {"hop", {}}};
  StageClock clock;
  streams.Observe(&clock);
  streams.Run(hops_per_stream, [&](const auto& process) {
    const int64_t start = NowNs();
    process();
    const int64_t end = NowNs();
    (*stages)[0].sorted_ns.push_back(clock.last.analysis_ns);
    (*stages)[1].sorted_ns.push_back(clock.last.network_ns);
    (*stages)[2].sorted_ns.push_back(clock.last.synthesis_ns);
    (*stages)[3].sorted_ns.push_back(end - start);
  });
  streams.Observe(nullptr);
  for (BenchStage& stage : *stages) std::ranges::sort(stage.sorted_ns);
}

// Additions that wait for each other: no memory, no work that could be shared.
void Count(int64_t num_additions) {
  volatile int64_t sum = 0;
  for (int64_t i = 0; i < num_additions; ++i) sum = sum + 1;
}

// num_pieces loops that take ns each when nothing disturbs them.
BenchStage TimeNoWork(int64_t ns, size_t num_pieces) {
  constexpr int64_t kTrial = 10000;
  constexpr int kNumTrials = 50;
  const auto time = [](int64_t num_additions) {
    const int64_t start = NowNs();
    Count(num_additions);
    return std::max<int64_t>(NowNs() - start, 1);
  };
  int64_t trial_ns = time(kTrial);
  for (int i = 1; i < kNumTrials; ++i) {
    trial_ns = std::min(trial_ns, time(kTrial));
  }
  BenchStage stage{"no work", {}};
  for (size_t i = 0; i < num_pieces; ++i) {
    stage.sorted_ns.push_back(time(kTrial * ns / trial_ns));
  }
  std::ranges::sort(stage.sorted_ns);
  return stage;
}

absl::StatusOr<ActivationCounts> CountActivations(
    const std::shared_ptr<const Model>& model, int rate_hz, int64_t num_hops,
    const std::vector<float>& input) {
  ActivationCounts counts;
  EstimatorSource source = SourceWithoutMake(model->metadata());
  source.make = [&] {
    return std::make_unique<ActivationProbe>(model, &counts);
  };
  auto streams = StreamSet::Create(source, rate_hz, 1, input);
  if (!streams.ok()) return streams.status();
  // Once through the input is enough.
  const int64_t once = static_cast<int64_t>(input.size()) / streams->hop_size();
  streams->Run(std::min(num_hops, once + 1),
               [](const auto& process) { process(); });
  return counts;
}

double MeanPowerDb(const std::vector<float>& input) {
  double sum = 0;
  for (float s : input) sum += double{s} * s;
  return 10 * std::log10(sum / static_cast<double>(input.size()) + 1e-20);
}

absl::StatusOr<EstimatorSource> SourceOf(const BenchSettings& settings,
                                         std::shared_ptr<const Model> model) {
  return (settings.in_blocks ? BlockEstimatorsOf : EstimatorsOf)(
      std::move(model), settings.backend, settings.kernels);
}

}  // namespace

int64_t BenchStage::QuantileNs(double q) const {
  if (sorted_ns.empty()) return 0;
  const auto last = static_cast<double>(sorted_ns.size() - 1);
  return sorted_ns[static_cast<size_t>(std::ceil(q * last))];
}

double BenchStage::MeanNs() const {
  if (sorted_ns.empty()) return 0;
  return std::accumulate(sorted_ns.begin(), sorted_ns.end(), 0.0) /
         static_cast<double>(sorted_ns.size());
}

absl::StatusOr<BenchResult> RunBench(const BenchSettings& asked) {
  BenchSettings settings = asked;
  absl::StatusOr<std::vector<float>> input =
      ReadInput(settings.input, settings.rate_hz);
  if (!input.ok()) return input.status();
  absl::StatusOr<std::shared_ptr<const Model>> model =
      FindModel(settings.model);
  if (!model.ok()) return model.status();
  settings.backend = BackendFor(**model, settings.backend);
  absl::StatusOr<EstimatorSource> source = SourceOf(settings, *model);
  if (!source.ok()) return source.status();

  BenchResult result;
  result.settings = settings;
  result.model_name = (*model)->metadata().name;
  result.kernels =
      settings.in_blocks
          ? "blocks " + BlockKernelsName(settings.backend, settings.kernels)
          : KernelsName(settings.backend, settings.kernels);
  result.cpu = CpuName();
  const ModelInfo info = DescribeModel(**model);
  result.weight_bytes = settings.backend == Backend::kFixed
                            ? info.sparse_fixed_bytes
                            : info.sparse_float_bytes;
  result.arena_bytes = static_cast<int64_t>(source->make()->arena_bytes());
  result.l1_bytes = FirstCacheBytes();
  result.l2_bytes = SecondCacheBytes();
  result.input_dbfs = MeanPowerDb(*input);
  result.hop_s = 1.0 / kTokensPerSecond;
  const int64_t hops_per_stream =
      std::max<int64_t>(1, std::llround(settings.seconds * kTokensPerSecond));

  const int64_t before = ResidentBytes();
  auto streams = StreamSet::Create(*source, settings.rate_hz,
                                   settings.num_streams, *input);
  if (!streams.ok()) return streams.status();
  result.bytes_per_stream = (ResidentBytes() - before) / settings.num_streams;
  result.num_hops = hops_per_stream * settings.num_streams;

  const auto run = [](const auto& process) { process(); };
  streams->Run(std::min<int64_t>(hops_per_stream, 100), run);  // warm caches
  {
    const InstructionCounter counter;
    const ProcessUsage start = ProcessUsage::Now();
    streams->Run(hops_per_stream, run);
    const ProcessUsage end = ProcessUsage::Now();
    result.instructions = static_cast<double>(counter.Count()) /
                          static_cast<double>(result.num_hops);
    result.cpu_s = end.cpu_s - start.cpu_s;
    result.wall_s = end.wall_s - start.wall_s;
    result.stolen_s = end.stolen_s - start.stolen_s;
    result.num_preempted = end.num_preempted - start.num_preempted;
  }
  TimeStages(*streams, hops_per_stream, &result.stages);
  const BenchStage& hop = result.stages.back();
  result.no_work = TimeNoWork(hop.QuantileNs(0.5), hop.sorted_ns.size());
  result.peak_bytes = PeakResidentBytes();
  auto counts =
      CountActivations(*model, settings.rate_hz, hops_per_stream, *input);
  if (!counts.ok()) return counts.status();
  result.activations = *counts;
  return result;
}

}  // namespace tacet
