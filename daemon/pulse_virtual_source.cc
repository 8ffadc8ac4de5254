// SPDX-License-Identifier: Apache-2.0
#include "daemon/pulse_virtual_source.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace tacet {

PulseVirtualSource::PulseVirtualSource(std::string_view name, int num_channels)
    : name_(name), num_channels_(num_channels) {}

void PulseVirtualSource::Load(pa_context* context, const PulseView& view,
                              int sample_rate_hz) {
  context_ = context;
  sink_arguments_ =
      PulseNullSinkArguments(name_, num_channels_, sample_rate_hz);
  source_arguments_ =
      PulseRemapSourceArguments(name_, num_channels_, sample_rate_hz);
  const PulseLeftovers leftovers =
      FindPulseLeftovers(view.modules, sink_arguments_, source_arguments_);
  sink_module_ = leftovers.sink_module.value_or(PA_INVALID_INDEX);
  source_module_ = leftovers.source_module.value_or(PA_INVALID_INDEX);
  state_ = State::kRemoving;
  for (const uint32_t module : leftovers.remove) Remove(module);
  if (num_pending_ == 0) LoadSink();
}

void PulseVirtualSource::Observe(const PulseView& view) {
  if (state_ != State::kAppearing && state_ != State::kReady) return;
  const PulseSource* monitor = nullptr;
  const PulseSource* source = nullptr;
  for (const PulseSource& candidate : view.sources) {
    if (candidate.owner_module == sink_module_) monitor = &candidate;
    if (candidate.owner_module == source_module_) source = &candidate;
  }
  if (source != nullptr && monitor != nullptr) {
    if (monitor->name != absl::StrCat(kPulseSinkName, ".monitor")) {
      return Fail(
          absl::StrCat("another program has a sink called ", kPulseSinkName));
    }
    source_index_ = source->index;
    state_ = State::kReady;
  } else if (state_ == State::kReady) {
    Fail("the virtual microphone was removed by another program");
  }
}

void PulseVirtualSource::ForgetRendered() {
  for (const int suspend : {1, 0}) {
    pa_operation* operation = pa_context_suspend_sink_by_name(
        context_, kPulseSinkName, suspend, nullptr, nullptr);
    if (operation != nullptr) pa_operation_unref(operation);
  }
}

void PulseVirtualSource::Unload() {
  state_ = State::kUnloading;
  Remove(std::exchange(source_module_, PA_INVALID_INDEX));
  Remove(std::exchange(sink_module_, PA_INVALID_INDEX));
  if (num_pending_ == 0) state_ = State::kUnloaded;
}

void PulseVirtualSource::UnloadLeftovers(pa_context* context,
                                         const PulseView& view) {
  context_ = context;
  state_ = State::kUnloading;
  for (const uint32_t module :
       FindPulseLeftovers(view.modules, "", "").remove) {
    Remove(module);
  }
  if (num_pending_ == 0) state_ = State::kUnloaded;
}

void PulseVirtualSource::Remove(uint32_t module) {
  if (module == PA_INVALID_INDEX) return;
  Request(pa_context_unload_module(context_, module, &OnRemoved, this));
}

void PulseVirtualSource::Request(pa_operation* operation) {
  if (operation == nullptr) return;  // the connection is going down
  pa_operation_unref(operation);
  ++num_pending_;
}

void PulseVirtualSource::OnRemoved(pa_context*, int, void* data) {
  // A module that is gone already is as good as removed.
  auto* self = static_cast<PulseVirtualSource*>(data);
  if (--self->num_pending_ > 0) return;
  if (self->state_ == State::kRemoving) self->LoadSink();
  if (self->state_ == State::kUnloading) self->state_ = State::kUnloaded;
}

void PulseVirtualSource::LoadSink() {
  if (sink_module_ != PA_INVALID_INDEX) return LoadSource();
  state_ = State::kLoadingSink;
  Request(pa_context_load_module(context_, kPulseNullSinkModule,
                                 sink_arguments_.c_str(), &OnSinkLoaded, this));
}

void PulseVirtualSource::LoadSource() {
  if (source_module_ != PA_INVALID_INDEX) {
    state_ = State::kAppearing;
    return;
  }
  state_ = State::kLoadingSource;
  Request(pa_context_load_module(context_, kPulseRemapSourceModule,
                                 source_arguments_.c_str(), &OnSourceLoaded,
                                 this));
}

void PulseVirtualSource::OnSinkLoaded(pa_context* context, uint32_t index,
                                      void* data) {
  auto* self = static_cast<PulseVirtualSource*>(data);
  --self->num_pending_;
  self->sink_module_ = index;
  if (self->state_ == State::kUnloading) {  // stopped meanwhile
    return self->Unload();
  }
  if (index == PA_INVALID_INDEX) {
    return self->Fail(absl::StrCat("the server cannot load ",
                                   kPulseNullSinkModule, ": ",
                                   pa_strerror(pa_context_errno(context))));
  }
  self->LoadSource();
}

void PulseVirtualSource::OnSourceLoaded(pa_context* context, uint32_t index,
                                        void* data) {
  auto* self = static_cast<PulseVirtualSource*>(data);
  --self->num_pending_;
  self->source_module_ = index;
  if (self->state_ == State::kUnloading) return self->Unload();
  if (index == PA_INVALID_INDEX) {
    return self->Fail(absl::StrCat("the server cannot load ",
                                   kPulseRemapSourceModule, ": ",
                                   pa_strerror(pa_context_errno(context))));
  }
  self->state_ = State::kAppearing;
}

void PulseVirtualSource::Fail(std::string error) {
  state_ = State::kFailed;
  error_ = std::move(error);
}

}  // namespace tacet
