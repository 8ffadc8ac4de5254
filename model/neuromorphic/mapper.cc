// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/mapper.h"

#include <algorithm>
#include <map>
#include <utility>

#include "model/neuromorphic/stage_estimate.h"
#include "model/str_cat.h"

namespace tacet {
namespace {

// A further core must improve the objective by this share.
constexpr double kWorthwhile = 1e-3;
// Bits of what neurons send (docs/fixed-point.md), and of weights with sign.
constexpr int kActivationBits = 16;
constexpr int kWeightBits = 8;

absl::Status DoesNotFit(const Chip& chip, std::string_view what,
                        std::string_view limit) {
  return absl::ResourceExhaustedError(StrCat(
      "the network does not fit on chip ", chip.name, ": ", what, ": ", limit));
}

class Mapper {
 public:
  Mapper(const NeuronGraph& graph, const Chip& chip)
      : graph_(graph),
        chip_(chip),
        estimate_(graph, chip),
        num_cores_(graph.groups.size()),
        parts_(graph.groups.size()) {}

  absl::StatusOr<Mapping> Map(CorePlacement placement) {
    absl::Status status = CheckWidths();
    for (int g = 0; g < NumGroups() && status.ok(); ++g) status = FitGroup(g);
    if (!status.ok()) return status;
    const int needed = TotalCores();
    if (needed > chip_.cores()) {
      return DoesNotFit(
          chip_, "all groups",
          StrCat("cores needed are ", needed, ", at most ", chip_.cores(),
                 ": too many by ", needed - chip_.cores()));
    }
    if (placement == CorePlacement::kBalanced) Balance();
    return CheckFanOut(Place());
  }

 private:
  int NumGroups() const { return static_cast<int>(graph_.groups.size()); }

  int TotalCores() const {
    int total = 0;
    for (const int n : num_cores_) total += n;
    return total;
  }

  absl::Status CheckWidths() const {
    const auto check = [this](std::string_view what, int bits,
                              const Quantity& most) {
      if (bits <= most.value()) return absl::OkStatus();
      return DoesNotFit(chip_, what,
                        StrCat("bits are ", bits, ", at most ", most.value()));
    };
    const absl::Status weights =
        check("weights", kWeightBits, chip_.weight_bits);
    return weights.ok() ? check("messages", kActivationBits, chip_.message_bits)
                        : weights;
  }

  const std::vector<CorePart>& Parts(int group, int num_cores) {
    std::vector<CorePart>& parts = parts_[group][num_cores];
    if (parts.empty()) parts = PartitionGroup(graph_, chip_, group, num_cores);
    return parts;
  }

  std::string BrokenBy(int group, int num_cores) {
    for (const CorePart& part : Parts(group, num_cores)) {
      std::string broken = BrokenLimit(graph_, chip_, group, part);
      if (!broken.empty()) return broken;
    }
    return "";
  }

  // The fewest cores that keep all limits.
  absl::Status FitGroup(int group) {
    const NeuronGroup& g = graph_.groups[group];
    const int most = std::min(g.num_neurons, chip_.cores());
    std::string broken;
    for (int n = 1; n <= most; ++n) {
      broken = BrokenBy(group, n);
      if (broken.empty()) {
        num_cores_[group] = n;
        return absl::OkStatus();
      }
    }
    return DoesNotFit(chip_, StrCat("group ", g.name, " on ", most, " cores"),
                      broken);
  }

  // The sum of squares falls with the sum, which is the latency of one token,
  // and with the largest, which is the period of the pipeline.
  double Objective(const std::vector<int>& num_cores) {
    double sum = 0;
    for (int g = 0; g < NumGroups(); ++g) {
      const double time =
          estimate_.Nanoseconds(g, num_cores, Parts(g, num_cores[g]));
      sum += time * time;
    }
    return sum;
  }

  void Balance() {
    double best = Objective(num_cores_);
    while (TotalCores() < chip_.cores()) {
      std::vector<int> best_cores;
      const double before = best;
      for (int g = 0; g < NumGroups(); ++g) {
        std::vector<int> cores = num_cores_;
        if (++cores[g] > graph_.groups[g].num_neurons) continue;
        if (!BrokenBy(g, cores[g]).empty()) continue;
        const double objective = Objective(cores);
        if (objective >= best) continue;
        best = objective;
        best_cores = std::move(cores);
      }
      if (best > before * (1 - kWorthwhile)) return;
      num_cores_ = std::move(best_cores);
    }
  }

  Mapping Place() {
    Mapping mapping;
    for (int g = 0; g < NumGroups(); ++g) {
      mapping.first_core.push_back(mapping.num_cores());
      mapping.core_of.emplace_back(graph_.groups[g].num_neurons);
      for (const CorePart& part : Parts(g, num_cores_[g])) {
        const int core = mapping.num_cores();
        const Router router = RouterOfCore(chip_, core);
        mapping.cores.push_back({g, part, router.column, router.row});
        for (const int n : part.neurons) mapping.core_of[g][n] = core;
      }
    }
    mapping.first_core.push_back(mapping.num_cores());
    return mapping;
  }

  absl::StatusOr<Mapping> CheckFanOut(Mapping mapping) const {
    for (int g = 0; g < NumGroups(); ++g) {
      const NeuronGroup& group = graph_.groups[g];
      const double per_neuron = MessagesOfValue(graph_, g, num_cores_) *
                                group.num_values / group.num_neurons;
      for (int c = mapping.first_core[g]; c < mapping.first_core[g + 1]; ++c) {
        const auto axons = static_cast<int64_t>(
            per_neuron *
            static_cast<double>(mapping.cores[c].part.neurons.size()));
        const auto most = static_cast<int64_t>(chip_.max_fan_out.value());
        if (axons <= most) continue;
        return DoesNotFit(chip_, StrCat("group ", group.name),
                          StrCat("fan-out of a core is ", axons, ", at most ",
                                 most, ": too much by ", axons - most));
      }
    }
    return mapping;
  }

  const NeuronGraph& graph_;
  const Chip& chip_;
  StageEstimate estimate_;
  std::vector<int> num_cores_;                               // [groups]
  std::vector<std::map<int, std::vector<CorePart>>> parts_;  // by cores
};

}  // namespace

absl::StatusOr<Mapping> MapNetwork(const NeuronGraph& graph, const Chip& chip,
                                   CorePlacement placement) {
  return Mapper(graph, chip).Map(placement);
}

}  // namespace tacet
