// SPDX-License-Identifier: Apache-2.0
// Between chunks of any size and hops of a fixed size.
#ifndef TACET_DSP_HOP_BUFFER_H_
#define TACET_DSP_HOP_BUFFER_H_

#include <span>
#include <vector>

#include "dsp/realtime.h"

namespace tacet {

// One channel's hop being filled and hop being given out, exchanged sample by
// sample:
//
//   while (num_left > 0) {
//     n = min(num_left, buffer.room());
//     if (buffer.Exchange(in.first(n), out.first(n))) {
//       // A hop is complete: input_hop() -> ... -> output_hop().
//     }
//   }
//
// The sample given for input sample i is the one that hop processing would give
// at i - hop_size. A synthesis that finishes, with the hop that ends at sample
// e, the output from e - latency on (dsp/stft.h) therefore has a total latency
// of exactly `latency`: this buffer adds nothing, whatever the chunks.
//   State: two hops; Reset() clears them.
class HopBuffer {
 public:
  // hop_size >= 1, in samples.  Realtime-safe: no.
  explicit HopBuffer(int hop_size);

  // Samples until the hop is complete, 1..hop_size.
  // Thread: one at a time.  Realtime-safe: yes.
  int room() const noexcept TACET_REALTIME { return size() - position_; }

  // Takes in, gives out the samples of the last finished hop that lie in the
  // same place, and tells whether the hop is now complete. If so, the caller
  // fills output_hop() from input_hop() before the next call.
  //   in [1..room()]  out [in.size()]; they may be the same buffer.
  // Thread: one at a time.  Realtime-safe: yes.
  bool Exchange(std::span<const float> in,
                std::span<float> out) noexcept TACET_REALTIME;

  // [hop_size] the complete hop, valid after Exchange returned true.
  std::span<const float> input_hop() const noexcept TACET_REALTIME {
    return input_;
  }
  // [hop_size] what the next hop_size exchanged samples give out.
  std::span<float> output_hop() noexcept TACET_REALTIME { return output_; }

  // Back to an empty input hop and a silent output hop.
  // Thread: as Exchange.  Realtime-safe: yes.
  void Reset() noexcept TACET_REALTIME;

 private:
  int size() const { return static_cast<int>(input_.size()); }

  std::vector<float> input_;
  std::vector<float> output_;
  int position_ = 0;  // 0..hop_size - 1, next place in both
};

}  // namespace tacet

#endif  // TACET_DSP_HOP_BUFFER_H_
