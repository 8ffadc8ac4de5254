#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Processor time of Tacet beside other denoisers from Debian packages, all in
# turn on one core:  scripts/bench_peers.sh [ROUNDS [MODEL.rnnn]]
# The second argument, which may be empty, is an RNNoise model for ffmpeg's
# arnndn.
# BUILD names the build folder, build/bench by default; ONNX_PEERS a folder with
# DTLN and GTCRN (scripts/bench_peers.py), which are left out without it.
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_packages build bench >&2
build=${BUILD:-build/bench}
[ -f "$build/CMakeCache.txt" ] || cmake -G Ninja -S . -B "$build" \
  -DCMAKE_BUILD_TYPE=Release -DTACET_TESTS=OFF -DTACET_BENCH=ON >&2
cmake --build "$build" --target tacet peer_bench >&2
exec python3 -B scripts/bench_peers.py "$build/cli/tacet" \
  "$build/bench/peer_bench" --rounds "${1:-7}" ${2:+--rnnoise "$2"} \
  ${ONNX_PEERS:+--onnx "$ONNX_PEERS"}
