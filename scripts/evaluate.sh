#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints Tacet's SI-SNR / SI-SNRi / ESTOI table for a clean/noisy set:
#   scripts/evaluate.sh tests/testdata/miniset [-- --attenuation-limit 30]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/packages.sh"
install_packages build test
[ -x "$here/../build/release/cli/tacet" ] || {
  cd "$here/.." && mkdir -p build && build_release -DTACET_TESTS=OFF >&2
  cd - >/dev/null
}
exec /usr/bin/python3 "$here/evaluate.py" "$@"
