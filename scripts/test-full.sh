#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is too long for CI: the tests under clang, the sanitizers and without
# optimisation, long tests, and fuzzing. Writes docs/test-full.log with the
# commit it ran on.
#   scripts/test-full.sh [FUZZ_SECONDS]       (default 600)
# TACET_FIXED_SET names a folder of 16 kHz files, e.g. a dev set's noisy/, for
# the fixed-point network instead of the twelve that ship here.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_packages build test train full
fuzz_seconds=${1:-600}
mkdir -p build
log=docs/test-full.log
: >"$log"

note() { echo "$*" | tee -a "$log"; }

# Builds and tests one configuration: run_tests NAME CTEST_ARGS -- CMAKE_ARGS.
run_tests() {
  name=$1
  shift
  ctest_args=()
  while [ "$1" != -- ]; do
    ctest_args+=("$1")
    shift
  done
  shift
  started=$SECONDS
  cmake -S . -B "build/full-$name" "$@" >"build/full-$name.log" 2>&1
  cmake --build "build/full-$name" -j "$(nproc)" >>"build/full-$name.log" 2>&1
  if ctest --test-dir "build/full-$name" -j "$(nproc)" --output-on-failure \
    "${ctest_args[@]}" >>"build/full-$name.log" 2>&1; then
    result=passed
  else
    result=FAILED
    failed=1
  fi
  note "$name: $result: $(grep 'tests passed' "build/full-$name.log" |
    tail -n 1) ($((SECONDS - started)) s)"
  grep -E '^[[:space:]]+[0-9]+ - ' "build/full-$name.log" | tee -a "$log" || :
}

failed=0
note "commit $(git rev-parse HEAD)$(git diff --quiet HEAD || echo ' + changes')"
note "date $(date -u +%Y-%m-%d)"
note "compilers: $(g++ --version | head -n 1); $(clang++ --version | head -n 1)"

run_tests gcc-release -- -DCMAKE_BUILD_TYPE=Release
# The servers' tests of whole programs, E2e, are of the first alone: they take
# minutes of real time.
run_tests gcc-debug -LE long -E '^E2e' -- -DCMAKE_BUILD_TYPE=Debug
run_tests clang-release -LE long -E '^E2e' -- -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_COMPILER=clang
run_tests asan-ubsan -LE long -E '^E2e' -- --preset asan -B build/full-asan-ubsan
run_tests tsan -LE long -E '^E2e' -- --preset tsan -B build/full-tsan

# The integers of the fixed-point network, under every compiler and on arm64.
fixed_set=${TACET_FIXED_SET:-tests/testdata/miniset/noisy}
if scripts/fixed_everywhere.sh "$fixed_set" >build/full-fixed.log 2>&1; then
  note "fixed point: passed: $(grep -c equal build/full-fixed.log) runs equal," \
    "$fixed_set"
else
  note "fixed point: FAILED: $(grep -v equal build/full-fixed.log | tail -n 1)"
  failed=1
fi

cmake -S . -B build/full-fuzz -DTACET_FUZZ=ON -DTACET_TESTS=OFF \
  -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=clang++ \
  -DCMAKE_C_COMPILER=clang >build/full-fuzz.log 2>&1
cmake --build build/full-fuzz -j "$(nproc)" >>build/full-fuzz.log 2>&1
while IFS= read -r target; do
  name=$(basename "$target")
  corpus=tests/fuzz/corpus/$(echo "$name" | sed 's/_loader_fuzz$//; s/_fuzz$//')
  mkdir -p "build/fuzz-$name"
  if "$target" -max_total_time="$fuzz_seconds" -max_len=16384 \
    "build/fuzz-$name" "$corpus" >"build/fuzz-$name.log" 2>&1; then
    note "$name: passed: $(grep '^Done' "build/fuzz-$name.log")"
  else
    note "$name: FAILED: $(tail -n 1 "build/fuzz-$name.log")"
    failed=1
  fi
done < <(find build/full-fuzz -type f -name '*_fuzz' -perm -u+x)

# run_script NAME COMMAND...
run_script() {
  name=$1
  shift
  started=$SECONDS
  if "$@" >"build/full-$name.log" 2>&1; then
    note "$name: passed ($((SECONDS - started)) s)"
  else
    note "$name: FAILED: $(tail -n 1 "build/full-$name.log")"
    failed=1
  fi
}
# Two builds give the same bytes; without a cache, which would see to that.
run_script packages env TACET_NO_CCACHE=1 scripts/package.sh --twice
run_script installation scripts/install-test.sh

if [ "$failed" = 0 ]; then note "all passed"; else note "FAILURES"; fi
exit "$failed"
