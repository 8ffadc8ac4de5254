// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_MASK_ESTIMATOR_H_
#define TACET_MODEL_MASK_ESTIMATOR_H_

#include <complex>
#include <cstddef>
#include <limits>
#include <span>

#include "dsp/front_end.h"
#include "dsp/realtime.h"

namespace tacet {

enum class MaskKind { kReal, kComplex };

// One channel's mask estimation: features in, mask out, one token a hop. The
// two phases let a backend compute elsewhere between Submit and Collect; a
// synchronous one answers at once. Each Submit that returned true is answered
// by one Collect, in order. The weights behind it may be shared; the state is
// this channel's alone.
// Thread: all real-time functions on one thread (audio) at a time.
class MaskEstimator {
 public:
  virtual ~MaskEstimator() = default;

  // The front end that features must come from, at either rate.
  virtual const FrontEndId& front_end() const = 0;

  // kReal: every mask's imaginary part is 0.
  virtual MaskKind mask_kind() const = 0;

  // What the modulus of none of its masks exceeds, so that garbage from
  // elsewhere is known where it would be loud; infinite: not known.
  virtual float max_mask_modulus() const {
    return std::numeric_limits<float>::infinity();
  }

  // Features that a token has (model/metadata.h).
  virtual int num_features() const { return kNumModelBins; }

  // Hops that lie between Submit and Collect of a token, so that a backend
  // elsewhere has time: 0 or more, constant. The engine delays the signal by as
  // many.
  virtual int delay_hops() const { return 0; }

  // Takes the features of the next token.  features [num_features()]
  // False: refused (no room, or a feature is not finite) and the token does not
  // exist for the network. Realtime-safe: yes.
  virtual bool Submit(std::span<const float> features) noexcept
      TACET_REALTIME = 0;

  // Gives the mask of the oldest token submitted and not yet collected.
  //   mask  [kNumModelBins] linear; untouched where the result is false
  // False: there is no answer for it; the token counts as collected.
  // Realtime-safe: yes.
  virtual bool Collect(std::span<std::complex<float>> mask) noexcept
      TACET_REALTIME = 0;

  // Forgets all tokens, as at the start of a stream. Realtime-safe: yes.
  virtual void Reset() noexcept TACET_REALTIME = 0;

  // The memory of past tokens as floats, e.g. to hand a channel to another
  // backend of the same model; tokens not yet collected are not in it.
  virtual size_t state_size() const = 0;
  //   state  [state_size()]. Realtime-safe: yes.
  virtual void ExportState(std::span<float> state) const noexcept
      TACET_REALTIME = 0;
  // False, and nothing changes, where the size is wrong or a value not finite.
  // Else drops tokens not yet collected. Realtime-safe: yes.
  virtual bool ImportState(std::span<const float> state) noexcept
      TACET_REALTIME = 0;

  // Bytes of the one block, from a cache line on, in which all lies that a
  // token writes to or leaves for the next: the less, the more of it a cache
  // keeps. 0: it lies in no such block.
  virtual size_t arena_bytes() const { return 0; }

  // Longest time of one token on this machine, as far as known, in seconds.
  virtual double worst_case_seconds() const = 0;
};

}  // namespace tacet

#endif  // TACET_MODEL_MASK_ESTIMATOR_H_
