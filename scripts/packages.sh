# SPDX-License-Identifier: Apache-2.0
# Sourced by the other scripts: install_packages GROUP... installs what is
# missing of the named groups of Debian packages, saying what it installs.

packages_build="build-essential cmake ninja-build pkg-config libabsl-dev
  libspeexdsp-dev ladspa-sdk scdoc libsndfile1-dev nlohmann-json3-dev nettle-dev
  libcli11-dev libmicrohttpd-dev libcairo2-dev libhwy-dev fonts-dejavu-core libtomlplusplus-dev
  libsystemd-dev
  libpipewire-0.3-dev libpulse-dev portaudio19-dev libjack-jackd2-dev
  libasound2-dev"
packages_test="libgtest-dev libgmock-dev python3 python3-numpy python3-scipy
  python3-soundfile util-linux pipewire pipewire-bin wireplumber dbus-daemon
  pipewire-pulse pulseaudio pulseaudio-utils jackd2 libasound2-plugins
  ffmpeg man-db zsh fish systemd"
packages_train="python3-torch libopenblas0-pthread rubberband-cli"
packages_package="gzip dpkg-dev file git lintian"
packages_install="debootstrap dpkg-dev"
packages_study="python3-matplotlib"
packages_guide="systemd-container procps"
packages_bench="libbenchmark-dev libwebrtc-audio-processing-dev libopenblas-dev
  ffmpeg python3 valgrind g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user"
packages_batch="parallel slurm-wlm munge ffmpeg"
packages_full="clang clang-14 clang-tidy libclang-rt-14-dev llvm-14
 g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user"
packages_browser="chromium"

install_packages() {
  missing=""
  for group in "$@"; do
    eval "list=\$packages_$group"
    for name in $list; do
      case " $missing " in *" $name "*) continue ;; esac # of another group
      dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null |
        grep -qx installed || missing="$missing $name"
    done
  done
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" = 0 ]; then sudo=""; else sudo=sudo; fi
  if [ -n "$sudo" ] && ! command -v sudo >/dev/null; then
    echo "These Debian packages are missing, and installing them needs root:" \
      "$missing" >&2
    return 1
  fi
  echo "Installing Debian packages:$missing"
  $sudo apt-get update -qq
  # shellcheck disable=SC2086
  $sudo env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Where Debian has things, so that packages can be made of any build.
debian_folders() {
  echo "-DCMAKE_INSTALL_PREFIX=/usr" \
    "-DCMAKE_INSTALL_LIBDIR=lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)"
}

# Builds the release preset; the second time only what has changed.
build_release() {
  # shellcheck disable=SC2046
  cmake --preset release $(debian_folders) "$@" >build/configure.log 2>&1 || {
    cat build/configure.log >&2
    return 1
  }
  cmake --build build/release -j "$(nproc)"
}
