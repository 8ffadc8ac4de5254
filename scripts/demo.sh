#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, denoises the noisy sample that ships in the
# repository, and says where the result and a before/after picture are.
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_packages build
mkdir -p build build/demo
build_release -DTACET_TESTS=OFF
echo "Denoising docs/sample/noisy.flac (speech in aeroplane noise, 5 dB SNR)"
build/release/cli/tacet denoise --force docs/sample/noisy.flac \
  build/demo/clean.flac --picture build/demo/before_after.png
echo
echo "Listen to   $PWD/docs/sample/noisy.flac   (before)"
echo "       and  $PWD/build/demo/clean.flac    (after)"
echo "Look at     $PWD/build/demo/before_after.png"
