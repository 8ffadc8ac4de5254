#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Counts the instructions that the fixed-point products of a hop take on arm64,
# sparse and dense, under qemu-user, and prints a Markdown table.
#   scripts/neon_counts.sh
set -euo pipefail
cd "$(dirname "$0")/.."
out=build/neon-counts
mkdir -p "$out"
aarch64-linux-gnu-g++ -static -std=c++20 -O3 -ffp-contract=off -I. \
  bench/neon_products.cc model/kernels/fixed_neon.cc \
  model/kernels/table_matrix.cc -o "$out/neon_products"
gcc -O2 -shared -fPIC bench/count_instructions.c -o "$out/count.so"

# count KERNEL WIDTH SPARSITY: of a hop, by the difference that 8 hops make.
count() {
  for hops in 2 10; do
    qemu-aarch64 -plugin "$out/count.so" "$out/neon_products" "$@" "$hops" \
      2>&1 >"$out/sum-$1-$hops"
    cmp -s "$out/sum-$1-$hops" "$out/sum-dense-$hops" ||
      { echo "$1: other sums than the dense kernel" >&2; exit 1; }
  done | awk 'NR == 1 { a = $1 } NR == 2 { printf "%.0f\n", ($1 - a) / 8 }'
}

echo "| width k | sparsity | W8A16 dense neon | W8A16 neon | W8A16 columns | dense / neon |"
echo "|---|---|---:|---:|---:|---:|"
for shape in "1 0.85" "1 0.9" "1 0.95" "2 0.9"; do
  read -r k sparsity <<<"$shape"
  dense=$(count dense "$k" "$sparsity")
  tables=$(count tables "$k" "$sparsity")
  columns=$(count columns "$k" "$sparsity")
  awk -v k="$k" -v s="$sparsity" -v d="$dense" -v t="$tables" -v c="$columns" \
    'BEGIN { printf "| %d | %.0f %% | %d | %d | %d | %.2f |\n", k, 100 * s, d, t, c, d / t }'
done
