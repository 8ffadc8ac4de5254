#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Measures what tacetd costs, for the table in docs/daemon.md: memory, time from
# its start to sound, processor, answers, true latency; with the fake sound card
# and with the sound servers that are installed, or those named.
#   scripts/footprint.sh [SERVER...]     fake, pulseaudio, pipewire, jack
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_packages build test
mkdir -p build
build_release
exec python3 -B scripts/footprint.py --jack-probe \
  build/release/tests/daemon/jack_probe build/release/daemon/tacetd \
  build/release/cli/tacet "$@"
