// SPDX-License-Identifier: Apache-2.0
// The functions of tacet.h: arguments checked, statuses and exceptions turned
// into codes. model/capi/block_stream does the work.
#include "model/capi/tacet.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/capi/block_stream.h"
#include "model/model.h"
#include "model/version.h"

static_assert(TACET_MIN_RATE_HZ == tacet::StreamParams::kMinRateHz);
static_assert(TACET_MAX_RATE_HZ == tacet::StreamParams::kMaxRateHz);
static_assert(TACET_DEFAULT_ATTENUATION_LIMIT_DB ==
              tacet::kDefaultStrength.attenuation_limit_db);
static_assert(TACET_MAX_CHANNELS == tacet::kMaxChannels);

struct tacet_model {
  std::shared_ptr<const tacet::Model> model;
};

struct tacet_stream {
  explicit tacet_stream(std::unique_ptr<tacet::Stream> stream)
      : blocks(std::move(stream)) {}
  tacet::BlockStream blocks;
};

namespace tacet {
namespace {

tacet_status Fail(tacet_status status, std::string_view text,
                  tacet_error* error) {
  if (error == nullptr) return status;
  const size_t length = std::min(text.size(), sizeof error->text - 1);
  std::memcpy(error->text, text.data(), length);
  error->text[length] = '\0';
  return status;
}

tacet_status Fine(tacet_error* error) { return Fail(TACET_OK, "", error); }

// Runs a function that makes something. Memory may run out, and the standard
// library then throws, which C cannot catch.
template <typename Function>
tacet_status Guarded(tacet_error* error, const Function& function) {
  try {
    return function();
  } catch (const std::bad_alloc&) {
    return Fail(TACET_NO_MEMORY, tacet_status_text(TACET_NO_MEMORY), error);
  }
}

tacet_status TakeModel(absl::StatusOr<std::shared_ptr<const Model>> loaded,
                       tacet_model** model, tacet_error* error) {
  if (loaded.ok()) {
    *model = new tacet_model{*std::move(loaded)};
    return Fine(error);
  }
  const tacet_status status = absl::IsInvalidArgument(loaded.status())
                                  ? TACET_BAD_MODEL
                                  : TACET_CANNOT_READ;
  return Fail(status, std::string(loaded.status().message()), error);
}

// Whether so many samples fit into memory at all.
template <typename Sample>
bool IsPossible(size_t num_frames, size_t num_channels) {
  return num_frames <= PTRDIFF_MAX / sizeof(Sample) / num_channels;
}

template <typename Sample>
tacet_status ProcessInterleaved(tacet_stream* stream, const Sample* in,
                                Sample* out, size_t num_frames) {
  if (stream == nullptr) return TACET_INVALID_ARGUMENT;
  const size_t channels = stream->blocks.num_channels();
  if (num_frames > 0 && (in == nullptr || out == nullptr ||
                         !IsPossible<Sample>(num_frames, channels))) {
    return TACET_INVALID_ARGUMENT;
  }
  stream->blocks.Process<Sample>({.interleaved = in, .stride = channels},
                                 {.interleaved = out, .stride = channels},
                                 num_frames);
  return TACET_OK;
}

template <typename Sample>
tacet_status ProcessPlanar(tacet_stream* stream, const Sample* const* in,
                           Sample* const* out, size_t num_frames) {
  if (stream == nullptr) return TACET_INVALID_ARGUMENT;
  const size_t channels = stream->blocks.num_channels();
  if (num_frames > 0) {
    if (in == nullptr || out == nullptr || !IsPossible<Sample>(num_frames, 1)) {
      return TACET_INVALID_ARGUMENT;
    }
    for (size_t c = 0; c < channels; ++c) {
      if (in[c] == nullptr || out[c] == nullptr) return TACET_INVALID_ARGUMENT;
    }
  }
  stream->blocks.Process<Sample>({.planar = in}, {.planar = out}, num_frames);
  return TACET_OK;
}

}  // namespace
}  // namespace tacet

using tacet::Fail;

const char* tacet_version(void) { return tacet::VersionText(); }

const char* tacet_status_text(int status) {
  switch (status) {
    case TACET_OK:
      return "no error";
    case TACET_INVALID_ARGUMENT:
      return "an argument is null or out of range";
    case TACET_CANNOT_READ:
      return "the model file cannot be read";
    case TACET_BAD_MODEL:
      return "the file is not a model, or is damaged";
    case TACET_NO_MEMORY:
      return "not enough memory";
  }
  return "unknown status";
}

tacet_status tacet_model_open(const char* path, tacet_model** model,
                              tacet_error* error) {
  if (model == nullptr) {
    return Fail(TACET_INVALID_ARGUMENT, "tacet_model_open: model is null",
                error);
  }
  *model = nullptr;
  return tacet::Guarded(error, [&] {
    return tacet::TakeModel(path == nullptr ? tacet::Model::Default()
                                            : tacet::Model::LoadFile(path),
                            model, error);
  });
}

tacet_status tacet_model_open_memory(const void* bytes, size_t size,
                                     tacet_model** model, tacet_error* error) {
  if (model != nullptr) *model = nullptr;
  if (model == nullptr || bytes == nullptr) {
    return Fail(TACET_INVALID_ARGUMENT,
                model == nullptr ? "tacet_model_open_memory: model is null"
                                 : "tacet_model_open_memory: bytes is null",
                error);
  }
  return tacet::Guarded(error, [&] {
    const std::span file(static_cast<const std::byte*>(bytes), size);
    return tacet::TakeModel(tacet::Model::Load("memory", file), model, error);
  });
}

void tacet_model_free(tacet_model* model) { delete model; }

tacet_status tacet_stream_create(const tacet_model* model, int sample_rate_hz,
                                 int num_channels, int link,
                                 tacet_stream** stream, tacet_error* error) {
  if (stream != nullptr) *stream = nullptr;
  const char* wrong = nullptr;
  if (stream == nullptr) wrong = "tacet_stream_create: stream is null";
  if (model == nullptr) wrong = "tacet_stream_create: model is null";
  if (link != TACET_INDEPENDENT && link != TACET_LINKED) {
    wrong = "tacet_stream_create: link is neither independent nor linked";
  }
  if (wrong != nullptr) return Fail(TACET_INVALID_ARGUMENT, wrong, error);
  return tacet::Guarded(error, [&] {
    tacet::StreamParams params;
    params.strength = tacet::kDefaultStrength;
    params.sample_rate_hz = sample_rate_hz;
    params.num_channels = num_channels;
    params.link = link == TACET_LINKED ? tacet::ChannelLink::kLinked
                                       : tacet::ChannelLink::kIndependent;
    auto created = tacet::Stream::Create(model->model, params);
    if (!created.ok()) {
      return Fail(TACET_INVALID_ARGUMENT,
                  std::string(created.status().message()), error);
    }
    *stream = new tacet_stream(*std::move(created));
    return tacet::Fine(error);
  });
}

void tacet_stream_free(tacet_stream* stream) { delete stream; }

tacet_status tacet_process_f32(tacet_stream* stream, const float* in,
                               float* out, size_t num_frames) {
  return tacet::ProcessInterleaved(stream, in, out, num_frames);
}

tacet_status tacet_process_s16(tacet_stream* stream, const int16_t* in,
                               int16_t* out, size_t num_frames) {
  return tacet::ProcessInterleaved(stream, in, out, num_frames);
}

tacet_status tacet_process_planar_f32(tacet_stream* stream,
                                      const float* const* in, float* const* out,
                                      size_t num_frames) {
  return tacet::ProcessPlanar(stream, in, out, num_frames);
}

tacet_status tacet_process_planar_s16(tacet_stream* stream,
                                      const int16_t* const* in,
                                      int16_t* const* out, size_t num_frames) {
  return tacet::ProcessPlanar(stream, in, out, num_frames);
}

int tacet_stream_latency(const tacet_stream* stream) {
  return stream == nullptr ? 0 : stream->blocks.latency_samples();
}

tacet_status tacet_stream_set_strength(tacet_stream* stream,
                                       float attenuation_limit_db) {
  if (stream == nullptr || !(attenuation_limit_db >= 0.0f)) {
    return TACET_INVALID_ARGUMENT;
  }
  stream->blocks.SetStrength({attenuation_limit_db});
  return TACET_OK;
}

tacet_status tacet_stream_set_bypass(tacet_stream* stream, int bypass) {
  if (stream == nullptr) return TACET_INVALID_ARGUMENT;
  stream->blocks.SetBypass(bypass != 0);
  return TACET_OK;
}

tacet_status tacet_stream_statistics(const tacet_stream* stream,
                                     tacet_statistics* statistics,
                                     size_t size) {
  if (stream == nullptr || statistics == nullptr) return TACET_INVALID_ARGUMENT;
  const tacet::StreamCounters now = stream->blocks.counters();
  tacet_statistics known;
  known.frames = static_cast<uint64_t>(now.num_frames);
  known.hops = static_cast<uint64_t>(now.num_hops);
  known.missing_masks = static_cast<uint64_t>(now.num_missing_masks);
  known.non_finite_samples = static_cast<uint64_t>(now.num_non_finite_samples);
  if (size > sizeof known) return TACET_INVALID_ARGUMENT;
  std::memcpy(statistics, &known, size);
  return TACET_OK;
}

tacet_status tacet_stream_reset(tacet_stream* stream) {
  if (stream == nullptr) return TACET_INVALID_ARGUMENT;
  stream->blocks.Reset();
  return TACET_OK;
}
