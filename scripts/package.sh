#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian packages and the archive of a commit into build/package/out.
#   scripts/package.sh [COMMIT]            (default HEAD)
#   scripts/package.sh --twice [COMMIT]    builds it twice, in folders of
#       different names, times and file masks, and fails unless all files are
#       the same, byte for byte
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
twice=no
if [ "${1:-}" = --twice ]; then
  twice=yes
  shift
fi
commit=$(git rev-parse --short=12 "${1:-HEAD}^{commit}")
install_packages build package

# The commit's own time stands for all others.
SOURCE_DATE_EPOCH=$(git show -s --format=%ct "$commit")
export SOURCE_DATE_EPOCH
export LC_ALL=C.UTF-8 TZ=UTC

# build_packages FOLDER: from a fresh copy of the commit to FOLDER/out.
build_packages() {
  rm -rf "$1"
  mkdir -p "$1/source" "$1/out"
  git archive "$commit" | tar -x -C "$1/source"
  launcher=()
  if command -v ccache >/dev/null && [ -z "${TACET_NO_CCACHE:-}" ]; then
    launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    CCACHE_BASEDIR=$(realpath "$1/source")
    export CCACHE_BASEDIR CCACHE_NOHASHDIR=1
  fi
  (
    cd "$1/source"
    cmake -G Ninja -S . -B build/package -DCMAKE_BUILD_TYPE=Release \
      -DTACET_TESTS=OFF -DTACET_COMMIT="$commit" -DCMAKE_INSTALL_PREFIX=/usr \
      -DCMAKE_INSTALL_LIBDIR="lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)" \
      "${launcher[@]}"
    cmake --build build/package -j "${JOBS:-$(nproc)}"
    cpack --config build/package/CPackConfig.cmake -B build/package/cpack
  ) >"$1/log" 2>&1 || {
    tail -n 30 "$1/log" >&2
    return 1
  }
  for file in "$1"/source/build/package/cpack/*.deb \
    "$1"/source/build/package/cpack/*.tar.gz; do
    mv "$file" "$1/out/"
  done
  (cd "$1/out" && sha256sum -- * >SHA256SUMS)
}

build_packages build/package
if [ "$twice" = yes ]; then
  (
    umask 077
    TZ=Asia/Tokyo build_packages build/package-in-another-folder
  )
  if ! diff build/package/out/SHA256SUMS \
    build/package-in-another-folder/out/SHA256SUMS; then
    echo "the two builds of $commit differ" >&2
    exit 1
  fi
  echo "two builds of $commit give the same bytes"
fi
lintian --fail-on error build/package/out/*.deb
cat build/package/out/SHA256SUMS
