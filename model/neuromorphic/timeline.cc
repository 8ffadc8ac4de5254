// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/timeline.h"

#include <algorithm>
#include <utility>

namespace tacet {
namespace {

void Accumulate(const Range& more, Range* sum) noexcept TACET_REALTIME {
  for (int s = 0; s < kNumScenarios; ++s) (*sum)[s] += more[s];
}

}  // namespace

const char* ExecutionModeName(ExecutionMode mode) {
  return mode == ExecutionMode::kPipelined ? "pipelined" : "fall-through";
}

Timeline::Timeline(std::shared_ptr<const CostModel> model, ExecutionMode mode)
    : model_(std::move(model)),
      mode_(mode),
      num_groups_(static_cast<int>(model_->network().graph.groups.size())),
      in_flight_(num_groups_),
      step_links_(model_->network().num_links),
      slices_(num_groups_) {
  for (InFlight& token : in_flight_) {
    token.groups.resize(num_groups_);
    token.links.resize(num_groups_ * step_links_.size());
  }
}

bool Timeline::Add(const TokenCounts& counts,
                   TokenCost* cost) noexcept TACET_REALTIME {
  num_slices_ = 0;
  if (mode_ == ExecutionMode::kFallThrough) {
    FallThrough(counts, cost);
    return true;
  }
  Enter(counts);
  return Step(cost);
}

bool Timeline::Drain(TokenCost* cost) noexcept TACET_REALTIME {
  num_slices_ = 0;
  for (int i = 0; i < num_groups_; ++i) {
    const auto is_token = [](const InFlight& t) { return t.is_token; };
    if (std::ranges::none_of(in_flight_, is_token)) return false;
    if (Step(cost)) return true;
  }
  return false;
}

void Timeline::FallThrough(const TokenCounts& counts,
                           TokenCost* cost) noexcept TACET_REALTIME {
  *cost = {};
  cost->dynamic_pj = model_->TokenEnergy(counts);
  for (int g = 0; g < num_groups_; ++g) {
    const Bound busy = model_->GroupTime(counts, g);
    Bound step = Longer(busy, model_->LinkTime(counts.Links(g)));
    step = Longer(step, model_->IdleTime(g));
    for (int s = 0; s < kNumScenarios; ++s) {
      step.ns[s] += model_->barrier_ns(s);
    }
    Accumulate(step.ns, &cost->latency_ns);
    Accumulate(model_->IdleEnergy(g), &cost->dynamic_pj);
    slices_[num_slices_++] = {
        g,    num_tokens_, now_ns_, busy.ns[kValue], step.ns[kValue],
        step, busy.core};
    now_ns_ += step.ns[kValue];
  }
  ++num_tokens_;
  cost->period_ns = cost->latency_ns;
  cost->energy_pj = cost->dynamic_pj;
  Accumulate(model_->StaticEnergy(cost->period_ns), &cost->energy_pj);
}

Timeline::InFlight& Timeline::At(int group) noexcept TACET_REALTIME {
  // It entered `group` steps ago; before the first steps there is none.
  return in_flight_[static_cast<size_t>(num_steps_ + num_groups_ - group) %
                    in_flight_.size()];
}

void Timeline::Enter(const TokenCounts& counts) noexcept TACET_REALTIME {
  InFlight& token = At(0);
  token.is_token = true;
  for (int g = 0; g < num_groups_; ++g) {
    token.groups[g] = model_->GroupTime(counts, g);
  }
  std::ranges::copy(counts.links, token.links.begin());
  token.cost = {};
  token.cost.dynamic_pj = model_->TokenEnergy(counts);
  ++num_tokens_;
}

bool Timeline::Step(TokenCost* cost) noexcept TACET_REALTIME {
  std::ranges::fill(step_links_, 0u);
  Bound step;
  for (int g = 0; g < num_groups_; ++g) {
    const InFlight& token = At(g);
    if (!token.is_token) continue;
    step = Longer(step, token.groups[g]);
    const uint32_t* links = &token.links[g * step_links_.size()];
    for (size_t i = 0; i < step_links_.size(); ++i) step_links_[i] += links[i];
  }
  step = Longer(step, model_->LinkTime(step_links_));
  for (int s = 0; s < kNumScenarios; ++s) step.ns[s] += model_->barrier_ns(s);
  num_slices_ = 0;
  for (int g = 0; g < num_groups_; ++g) {
    InFlight& token = At(g);
    if (!token.is_token) continue;
    Accumulate(step.ns, &token.cost.latency_ns);
    slices_[num_slices_++] = {g,
                              num_steps_ - g,
                              now_ns_,
                              token.groups[g].ns[kValue],
                              step.ns[kValue],
                              step,
                              token.groups[g].core};
  }
  now_ns_ += step.ns[kValue];
  InFlight& leaving = At(num_groups_ - 1);
  const bool has_left = leaving.is_token;
  if (has_left) {
    *cost = leaving.cost;
    cost->period_ns = step.ns;
    cost->energy_pj = cost->dynamic_pj;
    Accumulate(model_->StaticEnergy(cost->period_ns), &cost->energy_pj);
    leaving.is_token = false;
  }
  ++num_steps_;
  return has_left;
}

}  // namespace tacet
