// SPDX-License-Identifier: Apache-2.0
#include "daemon/portaudio_host_api.h"

#include <dlfcn.h>

#include <atomic>

struct PaUtilHostApiRepresentation;

namespace tacet {
namespace {

// What PortAudio calls for each host API. It leaves *host_api null, without an
// error, where the system has not got it.
using Initializer = PaError(PaUtilHostApiRepresentation** host_api,
                            PaHostApiIndex index);

std::atomic<PaHostApiTypeId> chosen = paInDevelopment;

PaError InitializeIfChosen(PaHostApiTypeId type, const char* name,
                           PaUtilHostApiRepresentation** host_api,
                           PaHostApiIndex index) {
  *host_api = nullptr;
  if (chosen.load() != type) return paNoError;
  auto* const initialize =
      reinterpret_cast<Initializer*>(dlsym(RTLD_NEXT, name));
  return initialize == nullptr ? paNoError : initialize(host_api, index);
}

}  // namespace

void ChooseHostApi(PaHostApiTypeId type) { chosen.store(type); }

}  // namespace tacet

// PortAudio's table of its host APIs finds these in place of its own, since the
// module comes before the library in the dynamic linker's order and exports
// them (daemon/backend_module.map). A PortAudio whose table cannot be
// redirected brings up all of them, as ever.
extern "C" {

// NOLINTBEGIN(readability-identifier-naming): the library's names.
__attribute__((visibility("default"))) PaError PaJack_Initialize(
    PaUtilHostApiRepresentation** host_api, PaHostApiIndex index) {
  return tacet::InitializeIfChosen(paJACK, "PaJack_Initialize", host_api,
                                   index);
}

__attribute__((visibility("default"))) PaError PaAlsa_Initialize(
    PaUtilHostApiRepresentation** host_api, PaHostApiIndex index) {
  return tacet::InitializeIfChosen(paALSA, "PaAlsa_Initialize", host_api,
                                   index);
}
// NOLINTEND(readability-identifier-naming)

}  // extern "C"
