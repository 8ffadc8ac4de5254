#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian packages and the archive of a commit into build/package/out.
#   scripts/package.sh [COMMIT]            (default HEAD)
#   scripts/package.sh --twice [COMMIT]    builds it twice, in folders of
#       different names, times and file masks, and fails unless all files are
#       the same, byte for byte
#   scripts/package.sh --built FOLDER      of what build_release has made there,
#       as the working tree is: seconds instead of minutes
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh

# pack BUILD_FOLDER OUT: what is built, as packages and archive.
pack() {
  cpack --config "$1/CPackConfig.cmake" -B "$1/cpack"
  rm -rf "$2"
  mkdir -p "$2"
  mv "$1"/cpack/*.deb "$1"/cpack/*.tar.gz "$2/"
  rm -r "$1/cpack"
  # CPack has been seen to write /etc of this machine instead.
  tar -tzf "$2"/*.tar.gz >"$1/archive.list"
  grep -q '/etc/xdg/tacet/tacet.toml$' "$1/archive.list" || {
    echo "the archive lacks /etc" >&2
    return 1
  }
  (cd "$2" && sha256sum -- * >SHA256SUMS)
}

if [ "${1:-}" = --built ]; then
  install_packages package
  pack "$2" build/package/out >build/package.log 2>&1 || {
    tail -n 30 build/package.log >&2
    exit 1
  }
  lintian --fail-on error build/package/out/*.deb
  exit
fi

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
  mkdir -p "$1/source"
  git archive "$commit" | tar -x -C "$1/source"
  launcher=()
  if command -v ccache >/dev/null && [ -z "${TACET_NO_CCACHE:-}" ]; then
    launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    CCACHE_BASEDIR=$(realpath "$1/source")
    export CCACHE_BASEDIR CCACHE_NOHASHDIR=1
  fi
  (
    cd "$1/source"
    # shellcheck disable=SC2046
    cmake -G Ninja -S . -B build/package -DCMAKE_BUILD_TYPE=Release \
      -DTACET_TESTS=OFF -DTACET_COMMIT="$commit" $(debian_folders) "${launcher[@]}"
    cmake --build build/package -j "${JOBS:-$(nproc)}"
    pack build/package ../out
  ) >"$1/log" 2>&1 || {
    tail -n 30 "$1/log" >&2
    return 1
  }
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
