// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "cli/model_report.h"
#include "cli/validators.h"
#include "model/stream.h"
#include "model/version.h"

namespace tacet {
namespace {

constexpr int kUsageError = 2;
constexpr int kMaxThreads = 1024;

struct RawArguments {
  int rate_hz = 0;
  int channels = 0;
  std::string format;
};

constexpr char kDenoiseFooter[] = R"(
Examples:
  tacet denoise noisy.wav clean.wav
  tacet denoise noisy.wav clean.flac --picture noisy.png
  tacet denoise recordings/ --output-dir clean/ --format flac
  tacet denoise --manifest all.txt --shard 3/16 -d clean/ --skip-existing
  sox in.mp3 -t wav - | tacet denoise - - | aplay
  tacet denoise - out.raw --raw-rate 16000 --raw-channels 1 --raw-format s16le

Exit status: 0 if all went well, 1 if any file failed, 2 for wrong usage.)";

void AddInputs(CLI::App* app, DenoiseOptions* options, RawArguments* raw) {
  app->add_option("paths", options->paths,
                  "IN OUT, or with --output-dir any number of files and\n"
                  "folders. '-' is standard input or output.")
      ->type_name("PATH");
  app->add_option("--manifest", options->manifest,
                  "Denoise the files that it lists, a path a line, instead;\n"
                  "needs --output-dir, and keeps the paths below it")
      ->type_name("FILE")
      ->group("Input");
  app->add_option_function<std::string>(
         "--shard",
         [options](const std::string& text) {
           const absl::StatusOr<Shard> shard = ParseShard(text);
           if (!shard.ok()) {
             throw CLI::ValidationError(std::string(shard.status().message()));
           }
           options->shard = *shard;
         },
         "Only the I-th of N shares of all files")
      ->type_name("I/N")
      ->group("Input");
  app->add_option("--raw-rate", raw->rate_hz,
                  "The input is raw samples at this rate")
      ->type_name("HZ")
      ->check(
          Plain(CLI::Range(StreamParams::kMinRateHz, StreamParams::kMaxRateHz)))
      ->group("Input");
  app->add_option("--raw-channels", raw->channels, "Channels of raw input")
      ->type_name("N")
      ->check(Plain(CLI::Range(1, kMaxChannels)))
      ->group("Input");
  app->add_option("--raw-format", raw->format,
                  "Samples of raw input: s16le, s24le, s32le or f32le")
      ->type_name("FORMAT")
      ->check(Plain(CLI::IsMember({"s16le", "s24le", "s32le", "f32le"})))
      ->group("Input");
}

void AddOutputs(CLI::App* app, DenoiseOptions* options) {
  app->add_option("-d,--output-dir", options->output_dir,
                  "Write here under the inputs' names, keeping the tree below\n"
                  "each input folder")
      ->type_name("DIR")
      ->group("Output");
  app->add_option("--format", options->format.container,
                  "Container: " + KnownContainerNames() +
                      ".\nDefault: by the extension of OUT, else as the input")
      ->type_name("NAME")
      ->group("Output");
  app->add_option("--encoding", options->format.encoding,
                  "Samples: pcm16 (dithered), pcm24, pcm32 or float.\n"
                  "Default: as the input, where the container can")
      ->type_name("NAME")
      ->check(Plain(CLI::IsMember({"pcm16", "pcm24", "pcm32", "float"})))
      ->group("Output");
  app->add_option("--picture", options->picture,
                  "Draw spectrograms before and after and the gain over time")
      ->type_name("OUT.png")
      ->group("Output");
  auto* force =
      app->add_flag("-f,--force", options->force, "Overwrite existing files")
          ->group("Output");
  app->add_flag("--skip-existing", options->skip_existing,
                "With --output-dir: leave out files whose output exists,\n"
                "as an earlier run has finished it")
      ->excludes(force)
      ->group("Output");
  app->add_option("-j,--jobs", options->num_threads,
                  "Files at a time. Default: one per processor")
      ->type_name("N")
      ->check(Plain(CLI::Range(1, kMaxThreads)))
      ->group("Output");
  app->add_flag("-q,--quiet", options->quiet, "No progress bar")
      ->group("Output");
}

void AddEngine(CLI::App* app, DenoiseOptions* options) {
  app->add_option("--model", options->model, ModelOptionHelp())
      ->type_name("FILE|NAME")
      ->group("Denoising");
  const std::map<std::string, Backend> backends = {
      {"auto", Backend::kAuto},
      {"float", Backend::kFloat},
      {"fixed", Backend::kFixed},
      {"neuromorphic", Backend::kNeuromorphic}};
  app->add_option("--backend", options->backend,
                  "fixed: the model's 8-bit weights in integer arithmetic,\n"
                  "the default where the model has them; float;\n"
                  "neuromorphic: fixed on a simulated chip, with the same\n"
                  "output")
      ->type_name("auto|fixed|float|neuromorphic")
      ->transform(OneOf(backends))
      ->group("Denoising");
  app->add_flag("--fast", options->fast,
                "With the float backend: blocks of 31 hops at once, for less\n"
                "processor time and samples whose last bits differ from those\n"
                "of live sound; the fixed backend always does, to the bit")
      ->group("Denoising");
  app->add_option("--attenuation-limit,--strength",
                  options->strength.attenuation_limit_db,
                  "Most that is taken away anywhere, in dB; inf: no limit")
      ->type_name("DB")
      ->capture_default_str()
      ->group("Denoising");
  const std::map<std::string, ChannelLink> links = {
      {"linked", ChannelLink::kLinked},
      {"independent", ChannelLink::kIndependent}};
  app->add_option("--channels", options->link,
                  "linked: one gain for all channels, which keeps the stereo\n"
                  "image (default); independent: each for itself")
      ->type_name("linked|independent")
      ->transform(OneOf(links))
      ->group("Denoising");
  app->add_flag("--bypass", options->bypass,
                "Pass the signal through unchanged")
      ->group("Denoising");
}

absl::Status SetRawInput(const RawArguments& raw, DenoiseOptions* options) {
  const int num_given =
      (raw.rate_hz > 0) + (raw.channels > 0) + !raw.format.empty();
  if (num_given == 0) return absl::OkStatus();
  if (num_given < 3) {
    return absl::InvalidArgumentError(
        "--raw-rate, --raw-channels and --raw-format go together");
  }
  absl::StatusOr<int> format = RawFormatFromName(raw.format);
  if (!format.ok()) return format.status();
  options->raw = RawInput{{raw.rate_hz, raw.channels}, *format};
  return absl::OkStatus();
}

// What the library cannot check option by option.
absl::Status CheckDenoise(const DenoiseOptions& options) {
  absl::Status status = ValidateStrength(options.strength);
  if (!status.ok()) return status;
  if (!options.format.container.empty()) {
    status = ContainerFromName(options.format.container).status();
    if (!status.ok()) return status;
  }
  if (!options.manifest.empty() && !options.paths.empty()) {
    return absl::InvalidArgumentError(
        "--manifest takes the place of paths; give one of them");
  }
  if (options.output_dir.empty()) {
    if (!options.manifest.empty() || options.skip_existing ||
        options.shard != Shard()) {
      return absl::InvalidArgumentError(
          "--manifest, --shard and --skip-existing need --output-dir");
    }
    if (options.paths.size() == 2) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        options.paths.size(), " paths; give IN and OUT, or --output-dir DIR"));
  }
  if (options.paths.empty() && options.manifest.empty()) {
    return absl::InvalidArgumentError(
        "0 paths; give files, folders or --manifest");
  }
  if (!options.picture.empty()) {
    return absl::InvalidArgumentError(
        "--picture is for one file, not for --output-dir");
  }
  if (std::find(options.paths.begin(), options.paths.end(), "-") !=
      options.paths.end()) {
    return absl::InvalidArgumentError(
        "standard input has no name to use in --output-dir");
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<Options> ParseOptions(int argc, const char* const* argv,
                                    ExitStatus* exit) {
  Options options;
  RawArguments raw;
  options.denoise.num_threads =
      std::max(1, static_cast<int>(std::thread::hardware_concurrency()));

  CLI::App app("Tacet takes the noise out of speech.", "tacet");
  app.set_version_flag("--version", std::string("tacet ") + VersionText());
  app.require_subcommand(1);
  app.footer("Run 'tacet COMMAND --help' for what a command takes.");
  app.get_formatter()->column_width(34);

  CLI::App* denoise = app.add_subcommand("denoise", "Denoise audio files");
  AddInputs(denoise, &options.denoise, &raw);
  AddOutputs(denoise, &options.denoise);
  AddEngine(denoise, &options.denoise);
  denoise->footer(kDenoiseFooter);

  CLI::App* model =
      app.add_subcommand("model", "Look into a model file, or use it");
  model->require_subcommand(1);
  CLI::App* info = model->add_subcommand(
      "info", "Print sizes, sparsity and cost: tacet model info FILE|NAME");
  info->add_option("model", options.model_info_model, ModelOptionHelp())
      ->required()
      ->type_name("FILE|NAME");

  CLI::App* bench = AddBenchCommand(&app, &options.bench);
  CLI::App* simulate = AddSimulateCommand(&app, &options.simulate);
  AddDaemonCommands(&app, model, &options.daemon);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit->status = app.exit(error) == 0 ? 0 : kUsageError;
    return std::nullopt;
  }
  if (options.daemon.kind != DaemonCommand::Kind::kNone) {
    options.command = Options::Command::kDaemon;
    return options;
  }
  if (info->parsed()) {
    options.command = Options::Command::kModelInfo;
    return options;
  }
  if (bench->parsed()) {
    options.command = Options::Command::kBench;
    return options;
  }
  if (simulate->parsed()) {
    options.command = Options::Command::kSimulate;
    return options;
  }
  absl::Status status = SetRawInput(raw, &options.denoise);
  if (status.ok()) status = CheckDenoise(options.denoise);
  if (!status.ok()) {
    std::cerr << "tacet: " << status.message()
              << "\nRun 'tacet denoise --help' for more.\n";
    exit->status = kUsageError;
    return std::nullopt;
  }
  return options;
}

}  // namespace tacet
