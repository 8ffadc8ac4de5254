// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NEUROMORPHIC_TIMELINE_H_
#define TACET_MODEL_NEUROMORPHIC_TIMELINE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/neuromorphic/cost_model.h"
#include "model/neuromorphic/counts.h"

namespace tacet {

// kFallThrough: a token enters when the one before has left; one group works in
// a step, the neurons of all others are idle. kPipelined: a token enters each
// step and every group works on another one.
enum class ExecutionMode { kFallThrough, kPipelined };
const char* ExecutionModeName(ExecutionMode mode);

// What a token cost from the step of the first group to that of the last.
struct TokenCost {
  Range latency_ns = {};
  Range period_ns = {};   // until the next token could enter
  Range energy_pj = {};   // with the static power over the period
  Range dynamic_pj = {};  // without
};

// One group's work within a step, at the scenario kValue.
struct StageSlice {
  int group = 0;
  int64_t token = 0;
  double start_ns = 0;  // of the step
  double busy_ns = 0;   // of its slowest core
  double step_ns = 0;   // with the barrier
  Bound bound;          // of the whole step
  int core = -1;        // the slowest of the group
};

// Lines the steps of successive tokens up:
//   fall-through  step g of a token: max{group g, links of g, idle} + barrier
//                 latency = sum of its steps = period
//   pipelined     step s: max{group g of token s − g, links of all} + barrier
//                 latency = sum of steps t .. t + G − 1, period = one step
// State: the last G tokens.  Realtime-safe: all but the constructor.
class Timeline {
 public:
  Timeline(std::shared_ptr<const CostModel> model, ExecutionMode mode);

  // Takes a token's counts. True where `cost` is that of a token that has left:
  // this one in fall-through mode, else that of G − 1 tokens before.
  bool Add(const TokenCounts& counts, TokenCost* cost) noexcept TACET_REALTIME;
  // Pipelined: lets a token that is still inside leave. False: none is.
  bool Drain(TokenCost* cost) noexcept TACET_REALTIME;

  // Of the last Add or Drain.
  std::span<const StageSlice> slices() const {
    return std::span(slices_).first(num_slices_);
  }

 private:
  // What later steps need of a token.
  struct InFlight {
    bool is_token = false;
    std::vector<Bound> groups;    // [groups]
    std::vector<uint32_t> links;  // [groups × num_links]
    TokenCost cost;
  };

  void Enter(const TokenCounts& counts) noexcept TACET_REALTIME;
  bool Step(TokenCost* cost) noexcept TACET_REALTIME;
  void FallThrough(const TokenCounts& counts,
                   TokenCost* cost) noexcept TACET_REALTIME;
  // The token that is in group g at this step.
  InFlight& At(int group) noexcept TACET_REALTIME;

  std::shared_ptr<const CostModel> model_;
  ExecutionMode mode_;
  int num_groups_;
  std::vector<InFlight> in_flight_;   // [groups], a ring by step
  std::vector<uint32_t> step_links_;  // [num_links]
  std::vector<StageSlice> slices_;    // [groups]
  size_t num_slices_ = 0;
  int64_t num_steps_ = 0;
  int64_t num_tokens_ = 0;
  double now_ns_ = 0;
};

}  // namespace tacet

#endif  // TACET_MODEL_NEUROMORPHIC_TIMELINE_H_
