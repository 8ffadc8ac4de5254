// SPDX-License-Identifier: Apache-2.0
// The one function that a LADSPA host looks for, and what it describes: two
// plugins, mono and linked stereo.
#include <ladspa.h>

#include <iterator>

#include "model/ladspa/plugin.h"
#include "model/ladspa/port_layout.h"

namespace tacet {
namespace {

// Within what ladspa.h allows, and above 1000, which is for development.
constexpr unsigned long kMonoId = 0x7ACE71;
constexpr unsigned long kStereoId = 0x7ACE72;

template <int kNumChannels>
LADSPA_Handle Instantiate(const LADSPA_Descriptor*, unsigned long rate_hz) {
  return Plugin::Create(rate_hz, kNumChannels).release();
}

void Connect(LADSPA_Handle plugin, unsigned long port, LADSPA_Data* data) {
  static_cast<Plugin*>(plugin)->Connect(port, data);
}

void Activate(LADSPA_Handle plugin) {
  static_cast<Plugin*>(plugin)->Activate();
}

void Run(LADSPA_Handle plugin, unsigned long num_samples) {
  static_cast<Plugin*>(plugin)->Run(num_samples);
}

void Cleanup(LADSPA_Handle plugin) { delete static_cast<Plugin*>(plugin); }

template <int kNumChannels>
LADSPA_Descriptor Describe(unsigned long id, const char* label,
                           const char* name) {
  LADSPA_Descriptor descriptor = {};
  descriptor.UniqueID = id;
  descriptor.Label = label;
  descriptor.Properties = LADSPA_PROPERTY_HARD_RT_CAPABLE;
  descriptor.Name = name;
  descriptor.Maker = "Tacet";
  descriptor.Copyright = "Apache-2.0";
  descriptor.PortCount = NumPorts(kNumChannels);
  descriptor.PortDescriptors = PortDescriptors(kNumChannels);
  descriptor.PortNames = PortNames(kNumChannels);
  descriptor.PortRangeHints = PortRangeHints(kNumChannels);
  descriptor.instantiate = Instantiate<kNumChannels>;
  descriptor.connect_port = Connect;
  descriptor.activate = Activate;
  descriptor.run = Run;
  descriptor.cleanup = Cleanup;
  return descriptor;
}

const LADSPA_Descriptor kDescriptors[] = {
    Describe<1>(kMonoId, "tacet_mono", "Tacet denoiser, mono"),
    Describe<2>(kStereoId, "tacet_stereo", "Tacet denoiser, linked stereo"),
};

}  // namespace
}  // namespace tacet

extern "C" __attribute__((visibility("default"))) const LADSPA_Descriptor*
ladspa_descriptor(unsigned long index) {
  return index < std::size(tacet::kDescriptors) ? &tacet::kDescriptors[index]
                                                : nullptr;
}
