// SPDX-License-Identifier: Apache-2.0
// Backends in shared objects of their own.
#ifndef TACET_DAEMON_BACKEND_MODULE_H_
#define TACET_DAEMON_BACKEND_MODULE_H_

#include <memory>
#include <string_view>

#include "daemon/audio_backend.h"

namespace tacet {

// What a module defines, with C linkage: makes the backend of that name (as
// AudioBackend::name() has it), or null.
using BackendModuleFactory = AudioBackend*(const char* name);
inline constexpr char kBackendModuleFactory[] = "TacetMakeBackend";

// A backend whose libraries come into memory when it is first started, so that
// nobody pays for the sound servers that he has not got. Before, it is stopped.
//   name    of the backend
//   module  file name, looked for in the program's RUNPATH
// Start: Unavailable where the module, or a library that it needs, is missing.
std::unique_ptr<AudioBackend> MakeModuleBackend(std::string_view name,
                                                std::string_view module);

}  // namespace tacet

#endif  // TACET_DAEMON_BACKEND_MODULE_H_
