#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The engine on arm64, on another machine: builds tacet::dsp, tacet::model,
# their tests and `tacet` with Debian's cross compiler and runs them under
# qemu-user. Then the sample of docs/ is denoised by the program of arm64 and by
# that of here, on a simulated processor of the same vectors and on the real one.
#   scripts/arm64.sh
# The arm64 libraries come from where apt has this machine's; they are unpacked
# to build/arm64/sysroot (cmake/arm64.cmake), and none is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_packages build test full
out=$PWD/build/arm64
sysroot=$out/sysroot
jobs=${TACET_JOBS:-$(nproc)}
if command -v ccache >/dev/null; then
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi

# apt for arm64, as if nothing were installed.
apt_arm64() {
  apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 \
    -o Dir::State="$out/apt" -o Dir::State::status="$out/apt/status" \
    -o Dir::Cache="$out/apt" -o APT::Install-Recommends=false \
    -o APT::Sandbox::User=root "$@"
}

# Unpacks what the engine, the programs and their tests are built with.
fill_sysroot() {
  wanted=$(for name in $packages_build $packages_test; do
    case $name in *-dev | ladspa-sdk) echo "$name" ;; esac
  done)
  [ "$(cat "$out/wanted" 2>/dev/null)" != "$wanted" ] || return 0
  rm -rf "$sysroot" "$out/apt"
  mkdir -p "$sysroot" "$out/apt/lists/partial" "$out/apt/archives/partial"
  : >"$out/apt/status"
  apt_arm64 update
  # shellcheck disable=SC2086
  apt_arm64 -y --download-only install $wanted
  for package in "$out"/apt/archives/*.deb; do
    dpkg-deb -x "$package" "$sysroot"
  done
  rm "$out"/apt/archives/*.deb
  # Links to /lib are to this machine's.
  find "$sysroot" -lname '/*' | while IFS= read -r link; do
    ln -sfnr "$sysroot$(readlink "$link")" "$link"
  done
  echo "$wanted" >"$out/wanted"
}

# denoise FOLDER BACKEND [RUNNER...]: the sample by all models, into build/arm64.
denoise() {
  folder=$out/$1 backend=$2
  shift 2
  mkdir -p "$folder"
  for model in $models; do
    "$@" denoise docs/sample/noisy.flac "$folder/$backend-$model.wav" --force \
      --quiet --encoding float --backend "$backend" --model "$model"
  done
}

fill_sysroot
# Not model_memory_test: qemu-user keeps no limit of memory.
tests="dsp_test support_test model_test fixed_test kernels_test block_test
  neuromorphic_test offload_test long_stream_1_test model_loader_replay"
cmake -S . -B "$out/cmake" -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/arm64.cmake" \
  -DCMAKE_BUILD_TYPE=Release -DTACET_TESTS=ON
# shellcheck disable=SC2086
cmake --build "$out/cmake" -j "$jobs" --target tacet $tests
for folder in dsp model; do
  ctest --test-dir "$out/cmake/tests/$folder" -j "$jobs" --output-on-failure \
    -LE long -E 'NOT_BUILT|ConfigFuzz|ChipFuzz'
done

[ "$(uname -m)" = x86_64 ] || exit 0
cmake -S . -B build/release -DCMAKE_BUILD_TYPE=Release -DTACET_TESTS=ON
cmake --build build/release -j "$jobs" --target tacet
here=build/release/cli/tacet
models=$(cd model/weights && basename -s .tacet ./*.tacet)
for backend in fixed float; do
  denoise arm64 "$backend" qemu-aarch64 -L "$sysroot" "$out/cmake/cli/tacet"
  denoise here "$backend" "$here"
done
# A processor without AVX: its FFT is of four floats at once, as NEON's, and
# rounds likewise.
denoise sse fixed qemu-x86_64 -cpu Nehalem "$here"
# shellcheck disable=SC2086
/usr/bin/python3 - "$out" $models <<'END'
import sys
import numpy as np
import soundfile

folder, *models = sys.argv[1:]
# Least dB between arm64 and here: 16 bits of features round either way, float
# sums have another order.
LEAST_DB = {'fixed': 80, 'float': 100}
failed = False


def read(machine, backend, model):
  return soundfile.read(f'{folder}/{machine}/{backend}-{model}.wav')[0]


for model in models:
  arm64 = read('arm64', 'fixed', model)
  equal = np.array_equal(arm64, read('sse', 'fixed', model))
  failed |= not equal or not arm64.any()
  print(f'{model}, fixed, arm64 and x86 with SSE2:',
        f'{len(arm64)} samples equal' if equal else 'DIFFERENT')
  for backend, least_db in LEAST_DB.items():
    here = read('here', backend, model)
    error = read('arm64', backend, model) - here
    db = 10 * np.log10(np.sum(here**2) / max(np.sum(error**2), 1e-300))
    failed |= not db >= least_db
    print(f'{model}, {backend}, arm64 and here: {db:.1f} dB, '
          f'at least {least_db}')
sys.exit(failed)
END
