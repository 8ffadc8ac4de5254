#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the integer network alone with gcc and clang, without and with full
# optimisation, with UndefinedBehaviorSanitizer, and for arm64 (run by
# qemu-user), and the shipped library with its vector kernels and the simulated
# chip, and compares the hash of every stage with integer NumPy's.
#   scripts/fixed_everywhere.sh [FOLDER [PART...]]
# FOLDER: 16 kHz files to run besides the golden features, e.g. dev/noisy.
# PART: golden, set (all of FOLDER), hour (an hour of it), minute (60 s of it);
# all four where none is named. TACET_MODELS names other models than those in
# model/weights/, TACET_VARIANTS is a pattern of the variants to run.
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

folder=${1:-}
[ $# -eq 0 ] || shift
parts=${*:-golden set hour minute}
models=${TACET_MODELS:-$(echo model/weights/*.tacet)}
wanted=${TACET_VARIANTS:-.}

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
judged=0
built=" "

# build NAME COMPILER OPTIONS: a portable variant, once.
build() {
  [[ $built != *" $1 "* ]] || return 0
  # shellcheck disable=SC2086
  "$2" $flags $3 $sources -o "$out/$1"
  built+="$1 "
}

cmake -S . -B build/release -DCMAKE_BUILD_TYPE=Release -DTACET_TESTS=ON \
  >"$out/build.log"
cmake --build build/release --target network_stages -j "$(nproc)" \
  >>"$out/build.log"
stages=build/release/tests/model/network_stages

# start NAME COMMAND...: its hashes into $out/NAME.found, as many at once as
# there are processors.
start() {
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || :; done
  found="$out/$1.found"
  shift
  "$@" >"$found" &
}

# judge WHAT NAME: its hashes against NumPy's.
judge() {
  ((++judged))
  sort -o "$out/$2.found" "$out/$2.found"
  if [ -s "$out/expected" ] && cmp -s "$out/expected" "$out/$2.found"; then
    echo "$1, $2: $(wc -l <"$out/$2.found") stages equal"
  else
    echo "$1, $2: DIFFERS: $(diff "$out/expected" "$out/$2.found" |
      grep '^[<>]' | tail -n 1)"
    failed=1
  fi
}

# compare WHAT MODEL FEATURES.i16 SPEED: all variants against NumPy, of the
# portable ones for "quick" only two.
compare() {
  names=()
  start numpy /usr/bin/python3 -m training.fixed "$2" "$3"
  for variant in "${variants[@]}"; do
    IFS='|' read -r name compiler options runner <<<"$variant"
    [ "$4" = slow ] || [[ $name == gcc-O3 || $name == clang-O3 ]] || continue
    [[ $name =~ $wanted ]] || continue
    build "$name" "$compiler" "$options"
    # shellcheck disable=SC2086
    start "$name" $runner "$out/$name" "$out/image" "$3"
    names+=("$name")
  done
  while IFS= read -r name; do
    [[ $name =~ $wanted ]] || continue
    start "$name" "$stages" "$2" "$3" "$name"
    names+=("$name")
  done < <("$stages")
  wait
  sort "$out/numpy.found" >"$out/expected"
  for name in "${names[@]}"; do judge "$(basename "$2"), $1" "$name"; done
}

# features MODEL: $out/folder.i16, of all files, and bytes_a_token.
features() {
  bytes_a_token=$((2 * $(/usr/bin/python3 -c '
import sys
from training import fixed
print(fixed.FixedNetwork(sys.argv[1]).inputs)' "$1")))
  /usr/bin/python3 -m training.fixed_golden features "$1" \
    "$out/folder.i16" "$folder"/*
  echo "$folder: $(($(stat -c %s "$out/folder.i16") / bytes_a_token)) tokens"
}

# part NAME: whether it is to run
part() { [[ " $parts " == *" $1 "* ]]; }

image() {
  /usr/bin/python3 -m training.fixed_golden image "$1" "$out/image" \
    "$out/golden.i16"
}

if part golden; then
  for model in tests/testdata/fixed/*.tacet $models; do
    image "$model"
    compare "golden features" "$model" "$out/golden.i16" slow
  done
fi

finish() {
  [ "$judged" -gt 0 ] || { echo "nothing was compared"; failed=1; }
  exit "$failed"
}
[ -n "$folder" ] || finish
for model in $models; do
  image "$model"
  features "$model"
  if part set; then compare "$folder" "$model" "$out/folder.i16" quick; fi
  if part hour; then
    # As often as it takes.
    hour=$((3600 * 125 * bytes_a_token))
    : >"$out/hour.i16"
    while [ "$(stat -c %s "$out/hour.i16")" -lt "$hour" ]; do
      cat "$out/folder.i16" >>"$out/hour.i16"
    done
    truncate -s "$hour" "$out/hour.i16"
    compare "an hour of it" "$model" "$out/hour.i16" quick
    rm "$out/hour.i16"
  fi
  if part minute; then
    head -c $((60 * 125 * bytes_a_token)) "$out/folder.i16" >"$out/minute.i16"
    compare "60 s of it" "$model" "$out/minute.i16" slow
  fi
done
finish
