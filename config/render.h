// SPDX-License-Identifier: Apache-2.0
// The table of keys for people.
#ifndef TACET_CONFIG_RENDER_H_
#define TACET_CONFIG_RENDER_H_

#include <string>

#include "config/config.h"
#include "config/parse.h"

namespace tacet {

// The commented default configuration: every key with its effect, range and
// unit, commented out. packaging/tacet.toml is this text.
std::string DefaultConfigText();

// The values in force as TOML, each with where it comes from.
std::string ShowConfigText(const Config& config, const ConfigOrigins& origins);

// docs/config.md's table.
std::string ConfigTableMarkdown();

}  // namespace tacet

#endif  // TACET_CONFIG_RENDER_H_
