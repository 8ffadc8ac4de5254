// SPDX-License-Identifier: Apache-2.0
// The control of the real-time tests: a plugin that says it is hard-real-time
// capable and allocates, locks, and calls the system.
#include <ladspa.h>
#include <pthread.h>
#include <unistd.h>

#include <cstdlib>

namespace {

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
void* volatile sink = nullptr;

LADSPA_Handle Instantiate(const LADSPA_Descriptor*, unsigned long) {
  return &mutex;
}

void Run(LADSPA_Handle, unsigned long) {
  sink = std::malloc(100);
  std::free(sink);
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  getppid();
}

const LADSPA_PortDescriptor kPorts[] = {LADSPA_PORT_INPUT | LADSPA_PORT_AUDIO,
                                        LADSPA_PORT_OUTPUT | LADSPA_PORT_AUDIO};
const char* const kNames[] = {"Input", "Output"};
const LADSPA_PortRangeHint kHints[] = {{0, 0, 0}, {0, 0, 0}};

const LADSPA_Descriptor kDescriptor = {
    .UniqueID = 1,
    .Label = "breaching",
    .Properties = LADSPA_PROPERTY_HARD_RT_CAPABLE,
    .Name = "",
    .Maker = "",
    .Copyright = "",
    .PortCount = 2,
    .PortDescriptors = kPorts,
    .PortNames = kNames,
    .PortRangeHints = kHints,
    .ImplementationData = nullptr,
    .instantiate = Instantiate,
    .connect_port = [](LADSPA_Handle, unsigned long, LADSPA_Data*) {},
    .activate = nullptr,
    .run = Run,
    .run_adding = nullptr,
    .set_run_adding_gain = nullptr,
    .deactivate = nullptr,
    .cleanup = [](LADSPA_Handle) {},
};

}  // namespace

extern "C" const LADSPA_Descriptor* ladspa_descriptor(unsigned long index) {
  return index == 0 ? &kDescriptor : nullptr;
}
