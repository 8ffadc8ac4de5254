// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_HOP_OBSERVER_H_
#define TACET_MODEL_HOP_OBSERVER_H_

#include <cstdint>

#include "dsp/realtime.h"

namespace tacet {

// How long the parts of one hop took, all channels together.
struct HopTimes {
  int64_t analysis_ns = 0;   // STFT, and the spectrum that the network hears
  int64_t network_ns = 0;    // features, mask and its upper band
  int64_t synthesis_ns = 0;  // gain, inverse STFT, overlap-add
};

// Told of each hop by the denoiser that it is set in. It brings the clock too,
// so that the engine depends on none; without an observer no time is taken.
// Thread: that of Denoiser::Process.  Realtime-safe: both must be.
class HopObserver {
 public:
  virtual ~HopObserver() = default;
  virtual int64_t NowNs() noexcept TACET_REALTIME = 0;
  virtual void OnHop(const HopTimes& times) noexcept TACET_REALTIME = 0;
};

}  // namespace tacet

#endif  // TACET_MODEL_HOP_OBSERVER_H_
