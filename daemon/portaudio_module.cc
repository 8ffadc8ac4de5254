// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "daemon/backend_module.h"
#include "daemon/portaudio_backend.h"

extern "C" tacet::AudioBackend* TacetMakeBackend(const char* name) {
  if (std::string_view(name) == "jack") {
    return tacet::MakeJackBackend().release();
  }
  if (std::string_view(name) == "alsa") {
    return tacet::MakeAlsaBackend().release();
  }
  return nullptr;
}
