// SPDX-License-Identifier: Apache-2.0
// What the parts of the daemon take from its configuration.
#ifndef TACET_DAEMON_CONFIG_PARTS_H_
#define TACET_DAEMON_CONFIG_PARTS_H_

#include "config/config.h"
#include "daemon/audio_backend.h"
#include "daemon/live_settings.h"
#include "daemon/model_catalog.h"
#include "daemon/status.h"
#include "dsp/gain.h"
#include "model/stream.h"

namespace tacet {

// Thread: any.  Realtime-safe: no.
Mode ModeOf(ModeChoice mode);
ChannelLink LinkOf(const Config& config);
Strength StrengthOf(const Config& config);
EngineOptions EngineOptionsOf(const Config& config);
BackendParams BackendParamsOf(const Config& config);

// Whether the one runs another engine than the other.
bool RunsAnotherEngine(const DenoiseConfig& a, const DenoiseConfig& b);

// The keys and values that turn a configuration of `from` into one of `to`.
LiveSettings::Entries BackendSettings(const BackendParams& from,
                                      const BackendParams& to);

}  // namespace tacet

#endif  // TACET_DAEMON_CONFIG_PARTS_H_
