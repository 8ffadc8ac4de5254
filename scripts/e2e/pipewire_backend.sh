#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the tests of the PipeWire backend with a real server:
#   pipewire_backend.sh TEST_PROGRAM [GTEST_OPTION...]
# Exit 77: the programs of Debian's pipewire, pipewire-bin, wireplumber and
# dbus-daemon are not all there.
set -u
TACET_LIB_PIPEWIRE=$(cd "$(dirname "$0")" && pwd)/lib_pipewire.sh
export TACET_LIB_PIPEWIRE
. "$TACET_LIB_PIPEWIRE"
missing=$(pipewire_missing)
if [ -n "$missing" ]; then
  echo "missing: $missing"
  exit 77
fi
pipewire_sandbox "$@"
