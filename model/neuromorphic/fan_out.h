// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NEUROMORPHIC_FAN_OUT_H_
#define TACET_MODEL_NEUROMORPHIC_FAN_OUT_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/neuromorphic/chip.h"
#include "model/neuromorphic/counts.h"
#include "model/neuromorphic/graph.h"
#include "model/neuromorphic/mapper.h"
#include "model/neuromorphic/mesh.h"

namespace tacet {

// What the values of one source set off: to which cores a message goes, and
// what it finds there. A core gets one message for a value, however many
// matrices it holds a list for it in. The outputs of the last group go to the
// port.
class FanOut {
 public:
  FanOut(const NeuronGraph& graph, const Chip& chip, const Mapping& mapping,
         int source);

  // Counts the messages of all values that are not 0.
  //   values  [NumValues(source)]
  // Realtime-safe: yes.
  void Count(std::span<const int16_t> values,
             TokenCounts* counts) noexcept TACET_REALTIME;

 private:
  void CountValue(size_t value) noexcept TACET_REALTIME;
  void Settle(TokenCounts* counts) noexcept TACET_REALTIME;

  int source_;
  Mesh mesh_;
  bool is_last_;              // its values leave the chip
  std::vector<int> targets_;  // cores that get messages
  std::vector<Router> target_routers_;
  std::vector<Router> sender_routers_;  // of the source's cores, or the port
  int first_sender_ = 0;                // core
  std::vector<uint16_t> sender_of_;     // [values] less first_sender_
  int num_neurons_ = 0;                 // of the source
  // [values × targets]
  std::vector<uint16_t> synapses_, reads_, messages_;
  // Of the present token.  [targets], [senders × targets]
  std::vector<uint32_t> num_synapses_, num_reads_, num_messages_;
};

}  // namespace tacet

#endif  // TACET_MODEL_NEUROMORPHIC_FAN_OUT_H_
