#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# After a change of the weights in model/weights/: adds their fixed-point
# networks (again) and renews the fixtures that pin their integers.
#   scripts/fixed_point.sh [PACK]     (default runs/pack, for calibration)
set -euo pipefail
cd "$(dirname "$0")/.."
pack=${1:-runs/pack}
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
for model in model/weights/*.tacet; do
  /usr/bin/python3 -m training.quantize "$model" "$model" --pack "$pack"
done
/usr/bin/python3 -m training.fixed_golden make tests/testdata/fixed \
  model/weights/*.tacet
