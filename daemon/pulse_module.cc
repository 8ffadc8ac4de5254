// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "daemon/backend_module.h"
#include "daemon/pulse_backend.h"

extern "C" tacet::AudioBackend* TacetMakeBackend(const char* name) {
  if (std::string_view(name) != "pulseaudio") return nullptr;
  return tacet::MakePulseBackend().release();
}
