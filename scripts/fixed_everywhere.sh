#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the integer network alone with gcc and clang, without and with full
# optimisation, with UndefinedBehaviorSanitizer, and for arm64 (run by
# qemu-user), and compares the hash of every stage with integer NumPy's.
#   scripts/fixed_everywhere.sh [FOLDER]
# FOLDER: 16 kHz files to run besides the golden features, e.g. dev/noisy.
set -euo pipefail
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
out=build/fixed-everywhere
mkdir -p "$out"
sources="model/fixed/affine.cc model/fixed/feature_quantiser.cc
  model/fixed/kernels.cc model/fixed/mask.cc model/fixed/matrix.cc
  model/fixed/network.cc model/fixed/s5_layer.cc model/fixed/sigmoid.cc
  tests/model/fixed/portable_main.cc"
flags="-std=c++20 -Wall -Wextra -ffp-contract=off -I."
undefined="-fsanitize=undefined -fno-sanitize-recover=all"

# variant: name, compiler, flags, and what runs it
variants=(
  "gcc-O0|g++|-O0|"
  "gcc-O3|g++|-O3|"
  "gcc-O3-native|g++|-O3 -march=native|"
  "clang-O0|clang++|-O0|"
  "clang-O3|clang++|-O3|"
  "clang-ubsan|clang++|-O1 $undefined|"
  "arm64-O0|aarch64-linux-gnu-g++|-O0 -static|qemu-aarch64"
  "arm64-O3|aarch64-linux-gnu-g++|-O3 -static|qemu-aarch64"
)
failed=0
for variant in "${variants[@]}"; do
  IFS='|' read -r name compiler options _ <<<"$variant"
  # shellcheck disable=SC2086
  "$compiler" $flags $options $sources -o "$out/$name"
done

# compare NAME MODEL FEATURES.i16 RUNS_SLOW: all variants against NumPy.
compare() {
  /usr/bin/python3 -m training.fixed "$2" "$3" | sort >"$out/expected"
  for variant in "${variants[@]}"; do
    IFS='|' read -r name _ _ runner <<<"$variant"
    [ "$4" = slow ] || [[ $name == gcc-O3 || $name == clang-O3 ]] || continue
    # shellcheck disable=SC2086
    $runner "$out/$name" "$out/image" "$3" | sort >"$out/found"
    if cmp -s "$out/expected" "$out/found"; then
      echo "$1, $name: $(wc -l <"$out/found") stages equal"
    else
      echo "$1, $name: DIFFERS: $(diff "$out/expected" "$out/found" |
        grep '^>' | head -n 1)"
      failed=1
    fi
  done
}

for model in tests/testdata/fixed/real.tacet tests/testdata/fixed/complex.tacet \
  model/weights/*.tacet; do
  /usr/bin/python3 -m training.fixed_golden image "$model" "$out/image" \
    "$out/golden.i16"
  compare "golden features, $(basename "$model")" "$model" \
    "$out/golden.i16" slow
done

if [ $# -gt 0 ]; then # the image is base's still
  /usr/bin/python3 -m training.fixed_golden features "$model" \
    "$out/folder.i16" "$1"/*
  echo "$1: $(($(stat -c %s "$out/folder.i16") / 514)) tokens"
  compare "$(basename "$(dirname "$1")")" "$model" "$out/folder.i16" quick
  # An hour natively: as often as it takes.
  : >"$out/hour.i16"
  while [ "$(stat -c %s "$out/hour.i16")" -lt $((450000 * 514)) ]; do
    cat "$out/folder.i16" >>"$out/hour.i16"
  done
  truncate -s $((450000 * 514)) "$out/hour.i16"
  compare "an hour of it" "$model" "$out/hour.i16" quick
  rm "$out/hour.i16"
  # A minute of it everywhere.
  head -c $((7500 * 514)) "$out/folder.i16" >"$out/minute.i16"
  compare "60 s of it" "$model" "$out/minute.i16" slow
fi
exit "$failed"
