#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian packages and the archive of a commit into build/package/out.
#   scripts/package.sh [COMMIT]            (default HEAD)
#   scripts/package.sh --twice [COMMIT]    builds it twice, in folders of
#       different names, times and file masks, and fails unless all files are
#       the same, byte for byte
#   scripts/package.sh --built FOLDER      of what build_release has made there,
#       as the working tree is: seconds instead of minutes. Packs twice, with other
#       times and file masks, and compares
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh

# pack BUILD_FOLDER OUT: what is built, as packages and archive. Each step is
# chained: set -e does not reach functions that are called under ||.
pack() {
  # CPack makes the folders of a package by the caller's mask.
  (umask 022 && cpack --config "$1/CPackConfig.cmake" -B "$1/cpack") &&
    rm -rf "$2" &&
    mkdir -p "$2" &&
    mv "$1"/cpack/*.deb "$1"/cpack/*.tar.gz "$2/" &&
    rm -r "$1/cpack" &&
    has_etc "$2"/*.tar.gz &&
    (cd "$2" && sha256sum -- * >SHA256SUMS)
}

# CPack has been seen to write /etc of this machine instead.
has_etc() {
  if [ "$(tar -tzf "$1" | grep -c '/etc/xdg/tacet/tacet.toml$')" != 1 ]; then
    echo "$1 lacks /etc" >&2
    return 1
  fi
}

# compare OUT OTHER: fails unless all files are the same.
compare() {
  if ! diff "$1/SHA256SUMS" "$2/SHA256SUMS"; then
    echo "the files in $1 and $2 differ" >&2
    exit 1
  fi
}

how=once
case "${1:-}" in
  --twice | --built)
    how=$1
    shift
    ;;
esac
if [ "$how" = --built ]; then
  built=$1
  shift
fi
install_packages build package
commit=$(git rev-parse --short=12 "${1:-HEAD}^{commit}")

# The commit's own time stands for all others.
SOURCE_DATE_EPOCH=$(git show -s --format=%ct "$commit")
export SOURCE_DATE_EPOCH
export LC_ALL=C.UTF-8 TZ=UTC

if [ "$how" = --built ]; then
  log=build/package.log
  {
    pack "$built" build/package/out &&
      (umask 077 && TZ=Asia/Tokyo pack "$built" build/package/again)
  } >$log 2>&1 || {
    tail -n 30 $log >&2
    exit 1
  }
  compare build/package/out build/package/again
  rm -r build/package/again
  lintian --fail-on error build/package/out/*.deb
  exit
fi

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
    # shellcheck disable=SC2046
    cd "$1/source" && cmake -G Ninja -S . -B build/package -DCMAKE_BUILD_TYPE=Release \
      -DTACET_TESTS=OFF -DTACET_COMMIT="$commit" $(debian_folders) \
      "${launcher[@]}" &&
      cmake --build build/package -j "${JOBS:-$(nproc)}" &&
      pack build/package ../out
  ) >"$1/log" 2>&1 || {
    tail -n 30 "$1/log" >&2
    return 1
  }
}

build_packages build/package
if [ "$how" = --twice ]; then
  (
    umask 077
    TZ=Asia/Tokyo build_packages build/package-in-another-folder
  )
  compare build/package/out build/package-in-another-folder/out
  echo "two builds of $commit give the same bytes"
fi
lintian --fail-on error build/package/out/*.deb
cat build/package/out/SHA256SUMS
