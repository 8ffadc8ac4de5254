// SPDX-License-Identifier: Apache-2.0
#include "daemon/pulse_observer.h"

#include <utility>

#include "absl/strings/match.h"

namespace tacet {
namespace {

std::string Text(const char* text) { return text == nullptr ? "" : text; }

bool IsTacet(const pa_source_info& info) {
  return absl::StartsWith(Text(info.name), "tacet") ||
         absl::StartsWith(Text(info.monitor_of_sink_name), "tacet") ||
         pa_proplist_contains(info.proplist, kPulseTag) == 1;
}

}  // namespace

void PulseObserver::Start(pa_context* context) {
  context_ = context;
  pa_context_set_subscribe_callback(context, &OnEvent, this);
  const auto mask = static_cast<pa_subscription_mask_t>(
      PA_SUBSCRIPTION_MASK_SOURCE | PA_SUBSCRIPTION_MASK_SOURCE_OUTPUT |
      PA_SUBSCRIPTION_MASK_SERVER | PA_SUBSCRIPTION_MASK_MODULE);
  pa_operation* operation =
      pa_context_subscribe(context, mask, nullptr, nullptr);
  if (operation != nullptr) pa_operation_unref(operation);
  is_stale_ = true;
}

bool PulseObserver::Poll() {
  if (context_ != nullptr && is_stale_ && num_pending_ == 0) Ask();
  return std::exchange(is_fresh_, false);
}

void PulseObserver::Ask() {
  is_stale_ = false;
  has_failed_ = false;
  next_ = PulseView();
  Expect(pa_context_get_server_info(context_, &OnServer, this));
  Expect(pa_context_get_sink_info_by_name(context_, kPulseSinkName, &OnSink,
                                          this));
  Expect(pa_context_get_module_info_list(context_, &OnModule, this));
  Expect(pa_context_get_source_info_list(context_, &OnSource, this));
  Expect(pa_context_get_source_output_info_list(context_, &OnOutput, this));
}

void PulseObserver::Expect(pa_operation* operation) {
  if (operation == nullptr) {  // the connection is going down
    has_failed_ = true;
    return;
  }
  pa_operation_unref(operation);
  ++num_pending_;
}

void PulseObserver::Finish(bool ok) {
  has_failed_ |= !ok;
  if (--num_pending_ > 0) return;
  if (has_failed_) {
    // Something vanished between question and answer.
    is_stale_ = true;
    return;
  }
  view_ = std::move(next_);
  is_fresh_ = true;
}

void PulseObserver::OnEvent(pa_context*, pa_subscription_event_type_t, uint32_t,
                            void* self) {
  static_cast<PulseObserver*>(self)->Invalidate();
}

void PulseObserver::OnServer(pa_context*, const pa_server_info* info,
                             void* self) {
  auto* observer = static_cast<PulseObserver*>(self);
  if (info != nullptr) {
    observer->next_.default_rate_hz = static_cast<int>(info->sample_spec.rate);
    observer->next_.default_source = Text(info->default_source_name);
  }
  observer->Finish(info != nullptr);
}

void PulseObserver::OnSink(pa_context*, const pa_sink_info* info, int end,
                           void* self) {
  auto* observer = static_cast<PulseObserver*>(self);
  // It may not be there yet, which is no failure.
  if (end != 0) return observer->Finish(true);
  observer->next_.sink_latency_ms =
      static_cast<double>(info->configured_latency) / PA_USEC_PER_MSEC;
}

void PulseObserver::OnModule(pa_context*, const pa_module_info* info, int end,
                             void* self) {
  auto* observer = static_cast<PulseObserver*>(self);
  if (end != 0) return observer->Finish(end > 0);
  observer->next_.modules.push_back(
      {info->index, Text(info->name), Text(info->argument)});
}

void PulseObserver::OnSource(pa_context*, const pa_source_info* info, int end,
                             void* self) {
  auto* observer = static_cast<PulseObserver*>(self);
  if (end != 0) return observer->Finish(end > 0);
  observer->next_.sources.push_back(
      {.index = info->index,
       .owner_module = info->owner_module,
       .name = Text(info->name),
       .description = Text(info->description),
       .num_channels = info->sample_spec.channels,
       .sample_rate_hz = static_cast<int>(info->sample_spec.rate),
       .is_monitor = info->monitor_of_sink != PA_INVALID_INDEX,
       .is_hardware = (info->flags & PA_SOURCE_HARDWARE) != 0,
       .is_tacet = IsTacet(*info)});
}

void PulseObserver::OnOutput(pa_context*, const pa_source_output_info* info,
                             int end, void* self) {
  auto* observer = static_cast<PulseObserver*>(self);
  if (end != 0) return observer->Finish(end > 0);
  observer->next_.outputs.push_back(
      {info->source, info->corked != 0, info->index});
}

}  // namespace tacet
