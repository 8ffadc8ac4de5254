#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Compares every vector kernel of the integer network, token by token and in
# blocks, with the scalar reference: here, and cross-compiled for arm64 (NEON)
# under qemu-user; and runs the kernels' unit tests for arm64.
#   scripts/vector_kernels.sh
set -euo pipefail
cd "$(dirname "$0")/.."
out=build/vector-kernels
mkdir -p "$out/include"
ln -sfn /usr/include/hwy "$out/include/hwy" # headers alone, for any machine
sources="model/fixed/affine.cc model/fixed/feature_quantiser.cc
  model/fixed/kernels.cc model/fixed/mask.cc model/fixed/matrix.cc
  model/fixed/network.cc model/fixed/s5_layer.cc model/fixed/sigmoid.cc
  model/block/fixed_block.cc model/block/fixed_block_kernels.cc
  model/block/pair_matrix.cc model/kernels/fixed_elementwise.cc
  model/kernels/fixed_kernels.cc model/kernels/panel_matrix.cc
  model/kernels/shuffle_matrix.cc model/kernels/sliced_matrix.cc
  model/kernels/table_matrix.cc"
flags="-std=c++20 -O3 -ffp-contract=off -I. -I$out/include"
x86="model/kernels/fixed_avx2.cc model/kernels/fixed_avx2_shuffle.cc
  model/kernels/fixed_avx512.cc model/kernels/fixed_avx512_words.cc"
arm64=model/kernels/fixed_neon.cc
# GoogleTest from its source, which libgtest-dev brings along.
gtest=/usr/src/googletest/googletest
test_sources="tests/model/kernels/fixed_elementwise_test.cc
  tests/model/kernels/fixed_kernels_test.cc
  tests/model/kernels/float_elementwise_test.cc
  tests/model/kernels/float_kernels_test.cc tests/model/kernels/power_test.cc
  tests/model/block/float_block_kernels_test.cc tests/support/realtime_guard.cc
  model/block/float_block_kernels.cc
  model/csr_matrix.cc model/float_kernels.cc model/mask.cc model/s5_layer.cc
  model/kernels/float_elementwise.cc model/kernels/float_kernels.cc
  model/kernels/permute_matrix.cc model/kernels/power.cc
  model/kernels/window_matrix.cc $gtest/src/gtest-all.cc
  $gtest/src/gtest_main.cc"
ccache=$(command -v ccache || :)

# build NAME COMPILER LINK_FLAGS SOURCES: source by source, each one cached.
build() {
  name=$1 compiler=$2 link_flags=$3
  shift 3
  objects=""
  for source in "$@"; do
    object=$out/$name-$(echo "$source" | tr / _).o
    # shellcheck disable=SC2086
    $ccache "$compiler" $flags -I$gtest/include -I$gtest -c "$source" -o "$object"
    objects+=" $object"
  done
  # shellcheck disable=SC2086
  "$compiler" $objects $link_flags -o "$out/$name"
}

here=$arm64
[ "$(uname -m)" = x86_64 ] && here=$x86
main=tests/model/kernels/portable_main.cc
# shellcheck disable=SC2086
build here g++ "" $sources $here $main
# shellcheck disable=SC2086
build arm64 aarch64-linux-gnu-g++ -static $sources $arm64 $main
# shellcheck disable=SC2086
build arm64-tests aarch64-linux-gnu-g++ "" $sources $arm64 $test_sources

failed=0
qemu-aarch64 -L /usr/aarch64-linux-gnu "$out/arm64-tests" --gtest_brief=1 \
  --gtest_filter='*neon' | sed "s/^/tests, arm64: /" ||
  failed=1
for model in tests/testdata/fixed/real.tacet tests/testdata/fixed/complex.tacet \
  model/weights/*.tacet; do
  /usr/bin/python3 -m training.fixed_golden image "$model" "$out/image" \
    "$out/golden.i16"
  name=$(basename "$model")
  "$out/here" "$out/image" "$out/golden.i16" | sed "s/^/$name, here: /" ||
    failed=1
  qemu-aarch64 "$out/arm64" "$out/image" "$out/golden.i16" |
    sed "s/^/$name, arm64: /" || failed=1
done
exit "$failed"
