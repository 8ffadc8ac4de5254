// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_LADSPA_PLUGIN_H_
#define TACET_MODEL_LADSPA_PLUGIN_H_

#include <ladspa.h>

#include <array>
#include <memory>

#include "dsp/realtime.h"
#include "model/ladspa/port_layout.h"
#include "model/stream.h"

namespace tacet {

// One running plugin. A host may give any rate: where the engine does not know
// it, the plugin passes the signal through, without latency.
class Plugin {
 public:
  static constexpr int kMaxPluginChannels = 2;

  // Null where there is no built-in model or no memory.
  // Thread: any.  Realtime-safe: no.
  static std::unique_ptr<Plugin> Create(unsigned long rate_hz,
                                        int num_channels);

  // Thread: as Run.  Realtime-safe: yes.
  void Connect(unsigned long port, LADSPA_Data* data) noexcept TACET_REALTIME;

  // What was heard before is forgotten, and the controls hold from the first
  // sample on.  Thread: as Run.  Realtime-safe: yes.
  void Activate() noexcept TACET_REALTIME { is_fresh_ = true; }

  // Any number of samples; an output may be its input.
  // Thread: audio.  Realtime-safe: yes.
  void Run(unsigned long num_samples) noexcept TACET_REALTIME;

 private:
  Plugin(std::unique_ptr<Stream> stream, int num_channels);

  void TakeControls() noexcept TACET_REALTIME;
  bool IsAudioConnected() const noexcept TACET_REALTIME;
  void PassThrough(unsigned long num_samples) noexcept TACET_REALTIME;

  const std::unique_ptr<Stream> stream_;  // null: pass through
  const int num_channels_;
  std::array<LADSPA_Data*, NumPorts(kMaxPluginChannels)> ports_ = {};
  bool is_fresh_ = true;
};

}  // namespace tacet

#endif  // TACET_MODEL_LADSPA_PLUGIN_H_
