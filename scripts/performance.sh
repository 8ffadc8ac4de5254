#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Measures all that docs/performance.md tells and writes it anew:
#   scripts/performance.sh [ROUNDS [MODEL.rnnn [SECTION...]]]
# The second argument, which may be empty, is an RNNoise model for ffmpeg's
# arnndn. Sections: scripts/performance.py; their figures are kept in the build
# folder, and the page is written when there are figures of all.
# BUILD names the build folder, build/bench by default; ONNX_PEERS a folder with
# DTLN and GTCRN (scripts/bench_peers.py), which are left out without it.
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_packages build bench study >&2
build=${BUILD:-build/bench}
[ -f "$build/CMakeCache.txt" ] || cmake -G Ninja -S . -B "$build" \
  -DCMAKE_BUILD_TYPE=Release -DTACET_TESTS=OFF -DTACET_BENCH=ON >&2
cmake --build "$build" --target tacet peer_bench product_bench \
  roofline_bench micro_bench >&2
rounds=${1:-7} model=${2:-}
[ $# -le 2 ] && set -- || shift 2
exec /usr/bin/python3 -B scripts/performance.py "$build" "$@" --rounds "$rounds" \
  ${model:+--rnnoise "$model"} ${ONNX_PEERS:+--onnx "$ONNX_PEERS"}
