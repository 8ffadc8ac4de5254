#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, runs all tests, and installs the packages of
# what was built into a fresh Debian. Works as root or as a user with sudo; the
# second time only what has changed is built.
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_packages build test train package install
mkdir -p build
# A minute of waiting for Debian's servers, while we build.
as_root scripts/install-test.sh --prepare &
debian=$!
build_release -DTACET_TESTS=ON
# `long` takes minutes; `server` needs real sound servers and a quiet machine.
# scripts/test-full.sh runs both.
ctest --test-dir build/release -j "$(nproc)" --output-on-failure \
  -LE 'long|server'
OPENBLAS_NUM_THREADS=1 /usr/bin/python3 -m unittest discover -s training \
  -t . -p 'test_*.py'
wait "$debian" || {
  echo "The installation test could not begin; see above." >&2
  exit 1
}
scripts/package.sh --built build/release
as_root scripts/install-test.sh
echo "All tests passed."
