#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# After a change of model/weights/base.tacet: adds its fixed-point network
# (again) and renews the fixtures that pin its integers.
#   scripts/fixed_point.sh [PACK]     (default runs/pack, for calibration)
set -euo pipefail
cd "$(dirname "$0")/.."
pack=${1:-runs/pack}
model=model/weights/base.tacet
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
/usr/bin/python3 -m training.quantize "$model" "$model" --pack "$pack"
/usr/bin/python3 -m training.fixed_golden make tests/testdata/fixed "$model"
