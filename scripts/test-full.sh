#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is too long for CI, in parts:
#   scripts/test-full.sh [PART...]
#     gcc-release    all tests, the long ones, those of sound servers and of the
#                    benchmarks too
#     gcc-debug, clang-release, asan-ubsan, tsan
#                    the others, without optimisation, by another compiler, and
#                    under the sanitizers
#     clang-tidy     over dsp/ model/ cli/ config/ daemon/
#     fixed          the fixed-point network's integers under every compiler
#     vectors        its vector kernels, NEON's by qemu
#     arm64          the engine, its tests and tacet for arm64, by qemu
#     fuzz           of what reads model files, configurations and chips
#     batch          the recipes of docs/batch.md, with GNU parallel and Slurm
#     packages, installation
#     readme         the README's two commands from a clean clone in a fresh Debian,
#                    as root and as a user with sudo, twice
#     guide          docs/guide.md on PipeWire, PulseAudio and JACK, in a system
#                    that was booted
# Without a PART all of them, and docs/test-full.log begins anew; a part by name
# adds its lines to it, so that a busy machine may take them one at a time. Each
# line names the commit it is of.
#   TACET_FUZZ_SECONDS   for each fuzzer (600)
#   TACET_FUZZERS        of model_loader, config, chip
#   TACET_JOBS           at once (the number of processors)
#   TACET_TESTS          a regular expression: only these tests (the log says so)
#   TACET_CCACHE         a folder of ccache's for `readme`, which else compiles
#                        everything in each of its systems (the log says so)
#   TACET_README         its cases, of scripts/readme-test.sh (all that it has)
#   TACET_FIXED_SET      a folder of 16 kHz files for `fixed`, e.g. a dev set's
#                        noisy/, instead of the twelve that ship here
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
all_parts="gcc-release gcc-debug clang-release asan-ubsan tsan clang-tidy fixed
  vectors arm64 fuzz batch packages installation readme guide"
jobs=${TACET_JOBS:-$(nproc)}
log=docs/test-full.log
failed=0
clang="-DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_COMPILER=clang"
if command -v ccache >/dev/null; then
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi

commit=$(git rev-parse --short=12 HEAD)
git diff --quiet HEAD -- . ":!$log" || commit+=" with changes"

# tell NAME RESULT TEXT: a line of the log.
tell() {
  [ "$2" = passed ] || failed=1
  echo "$(date -u +%Y-%m-%d) $commit $1: $2${3:+, $3}" | tee -a "$log"
}

# build NAME TARGET CMAKE_ARGS: in build/full-NAME; false: it has told why not.
build() {
  name=$1 target=$2
  out=build/full-$name.log
  shift 2
  cmake -S . -B "build/full-$name" "$@" >"$out" 2>&1 &&
    # shellcheck disable=SC2086
    cmake --build "build/full-$name" -j "$jobs" --target $target \
      >>"$out" 2>&1 && return
  tell "$name" FAILED \
    "it does not build: $(grep -m 1 -E 'error|\*\*\*' "$out")"
  return 1
}

# run_tests NAME CTEST_ARGS -- CMAKE_ARGS: builds and tests a configuration.
run_tests() {
  name=$1
  out=build/full-$1.log
  shift
  ctest_args=()
  while [ "$1" != -- ]; do
    ctest_args+=("$1")
    shift
  done
  shift
  only=""
  if [ -n "${TACET_TESTS:-}" ]; then
    ctest_args+=(-R "$TACET_TESTS")
    only=" of those named $TACET_TESTS"
  fi
  started=$SECONDS
  build "$name" all -DTACET_TESTS=ON "$@" || return 0
  result=passed
  ctest --test-dir "build/full-$name" -j "$jobs" --output-on-failure \
    "${ctest_args[@]}" >>"$out" 2>&1 || result=FAILED
  tell "$name" "$result" \
    "$(grep 'tests passed' "$out" | tail -n 1)$only ($((SECONDS - started)) s)"
  grep -E '^[[:space:]]+[0-9]+ - ' "$out" | tee -a "$log" || :
}

# run_script NAME COMMAND...
run_script() {
  name=$1
  out=build/full-$1.log
  shift
  started=$SECONDS
  if "$@" >"$out" 2>&1; then
    tell "$name" passed "$((SECONDS - started)) s"
  else
    tell "$name" FAILED "$(tail -n 1 "$out")"
  fi
}

run_clang_tidy() {
  build=build/full-clang-tidy
  out=$build.log
  started=$SECONDS
  # Built, since the sources that are made, such as the weights', are read too.
  # shellcheck disable=SC2086
  build clang-tidy all $clang -DTACET_TESTS=OFF -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_EXPORT_COMPILE_COMMANDS=ON || return 0
  sources=$(/usr/bin/python3 -c '
import json, re, sys
names = {e["file"] for e in json.load(open(sys.argv[1]))}
names = {n[len(sys.argv[2]) + 1:] for n in names if n.startswith(sys.argv[2])}
print(*sorted(n for n in names
              if re.match(r"(dsp|model|cli|config|daemon)/.*\.cc$", n)))' \
    "$build/compile_commands.json" "$PWD")
  result=passed
  # shellcheck disable=SC2086
  printf '%s\n' $sources | xargs -P "$jobs" -n 1 clang-tidy -p "$build" --quiet \
    >>"$out" 2>&1 || result=FAILED
  tell clang-tidy "$result" "$(echo "$sources" | wc -w) files,\
 $(grep -cE '(warning|error): .*\[' "$out" || :) findings\
 ($((SECONDS - started)) s)"
}

run_fixed() {
  fixed_set=${TACET_FIXED_SET:-tests/testdata/miniset/noisy}
  out=build/full-fixed.log
  if scripts/fixed_everywhere.sh "$fixed_set" >"$out" 2>&1; then
    tell fixed passed "$(grep -c equal "$out") runs equal, $fixed_set"
  else
    tell fixed FAILED "$(grep -v equal "$out" | tail -n 1)"
  fi
}

run_arm64() {
  out=build/full-arm64.log
  started=$SECONDS
  result=passed
  scripts/arm64.sh >"$out" 2>&1 || result=FAILED
  tests=$(awk '/tests passed/ { n += $NF } END { print n + 0 }' "$out")
  tell arm64 "$result" "$tests tests,\
 $(grep -c '(Skipped)$' "$out" || :) of them of x86's kernels and skipped;\
 $(grep -c 'samples equal$' "$out" || :) models equal ($((SECONDS - started)) s)"
}

run_fuzz() {
  build=build/full-fuzz
  # shellcheck disable=SC2086
  build fuzz "model_loader_fuzz config_fuzz chip_fuzz" $clang -DTACET_FUZZ=ON \
    -DTACET_TESTS=ON -DCMAKE_BUILD_TYPE=Release || return 0
  for name in ${TACET_FUZZERS:-model_loader config chip}; do
    target=$(find "$build" -type f -name "${name}_fuzz" -perm -u+x)
    out=build/fuzz-$name.log
    mkdir -p "build/fuzz-$name"
    if "$target" -max_total_time="${TACET_FUZZ_SECONDS:-600}" -max_len=16384 \
      "build/fuzz-$name" "tests/fuzz/corpus/${name%_loader}" >"$out" 2>&1; then
      tell "fuzz of $name" passed "$(grep '^Done' "$out")"
    else
      tell "fuzz of $name" FAILED "$(tail -n 1 "$out")"
    fi
  done
}

run_readme() {
  out=build/full-readme.log
  # shellcheck disable=SC2086
  if scripts/readme-test.sh ${TACET_README:-} >"$out" 2>&1; then
    tell readme passed "$(tail -n 1 "$out")"
  else
    tell readme FAILED "$(tail -n 1 "$out")"
  fi
}

run_part() {
  # The servers' tests of whole programs, E2e, are of the first alone: they take
  # minutes of real time.
  shorter=(-LE long -E '^E2e')
  case $1 in
  gcc-release)
    install_packages browser bench
    run_tests "$1" -- -DCMAKE_BUILD_TYPE=Release -DTACET_BENCH=ON ;;
  gcc-debug) run_tests "$1" "${shorter[@]}" -- -DCMAKE_BUILD_TYPE=Debug ;;
  clang-release)
    run_tests "$1" "${shorter[@]}" -- -DCMAKE_BUILD_TYPE=Release $clang ;;
  asan-ubsan)
    run_tests "$1" "${shorter[@]}" -- --preset asan -B "build/full-$1" ;;
  tsan) run_tests "$1" "${shorter[@]}" -- --preset tsan -B "build/full-$1" ;;
  clang-tidy) run_clang_tidy ;;
  fixed) run_fixed ;;
  fuzz) run_fuzz ;;
  vectors) run_script "$1" scripts/vector_kernels.sh ;;
  arm64) run_arm64 ;;
  batch)
    build "$1" tacet -DTACET_TESTS=OFF -DCMAKE_BUILD_TYPE=Release || return 0
    run_script "$1" scripts/batch_recipes.sh build/full-batch/cli/tacet ;;
  # Two builds give the same bytes; without a cache, which would see to that.
  packages) run_script "$1" env TACET_NO_CCACHE=1 scripts/package.sh --twice ;;
  installation) run_script "$1" scripts/install-test.sh ;;
  readme) run_readme ;;
  guide) run_script "$1" scripts/guide-test.sh ;;
  *)
    echo "$0: no part $1; there are" $all_parts >&2
    exit 2 ;;
  esac
}

mkdir -p build
install_packages build test train full
if [ $# = 0 ]; then
  : >"$log"
  # shellcheck disable=SC2086
  set -- $all_parts
fi
echo "compilers: $(g++ --version | head -n 1); $(clang++ --version | head -n 1)" |
  tee -a "$log"
for part in "$@"; do run_part "$part"; done
if [ "$failed" = 0 ]; then echo "passed: $*"; else echo "FAILED, see $log"; fi
exit "$failed"
