// SPDX-License-Identifier: Apache-2.0
// Feeds the configuration's parser anything. What it takes must be valid and
// read back the same after it was shown; what it refuses must be named in one
// short line and change nothing.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/parse.h"
#include "config/render.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  tacet::Config config;
  tacet::ConfigOrigins origins;
  const auto problems = tacet::ApplyConfigText("fuzz", text, &config, &origins);
  for (const tacet::ConfigProblem& problem : problems) {
    const std::string line = problem.text();
    Require(line.find('\n') == line.npos && line.size() < 500);
  }
  if (!problems.empty()) {
    Require(config == tacet::Config() && origins.empty());
    return 0;
  }
  Require(tacet::ValidateConfig(config).ok());
  tacet::Config back;
  Require(tacet::ApplyConfigText(
              "shown", tacet::ShowConfigText(config, origins), &back, nullptr)
              .empty());
  Require(back == config);
  return 0;
}
