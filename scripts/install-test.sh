#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs the packages of build/package/out into a fresh Debian 12 (a chroot by
# debootstrap), uses them as a user would, upgrades and purges them. What was
# said is in build/install-test/transcript.md; its commands must be those of
# docs/install-test.md. Needs root and the system's package sources.
#   scripts/install-test.sh             the test, as CI runs it
#   scripts/install-test.sh --write     also writes docs/install-test.md
#   scripts/install-test.sh --prepare   only the fresh Debian, which is kept
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_packages install
packages=build/package/out
suite=bookworm
work=build/install-test
root=$work/root
fresh=$work/fresh.tar # as debootstrap makes it, with systemd
base=$work/base.tar   # and the sound server that the test plays on
mkdir -p "$work"
if [ "$(id -u)" != 0 ]; then
  echo "scripts/install-test.sh makes a chroot and needs root, not $(id -un)" >&2
  exit 1
fi

cleanup() {
  # What the user left running, and nothing else: its root is the chroot.
  for pid in /proc/[0-9]*; do
    [ "$(readlink "$pid/root" 2>/dev/null)" = "$(realpath -m "$root")" ] &&
      kill -KILL "${pid#/proc/}" 2>/dev/null
  done
  umount "$root/proc" 2>/dev/null || true
}
trap cleanup EXIT

# Debian's own sources of this system, which may be a mirror.
debian_sources() {
  apt-get indextargets --format \
    "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] \
\$(REPO_URI) \$(RELEASE) \$(COMPONENT)" \
    'Created-By: Packages' 'Origin: Debian' | sort -u
}

in_root() {
  chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

# Unpacked again for each run, also by the other tests that need a fresh Debian.
prepare() {
  debian_sources >"$work/sources.list"
  mirror=$(sed -n "s/^deb [^]]*] \([^ ]*\) $suite main\$/\1/p" \
    "$work/sources.list" | head -n 1)
  cleanup
  rm -rf "$root"
  debootstrap --variant=minbase "$suite" "$root" "$mirror"
  cp "$work/sources.list" "$root/etc/apt/sources.list"
  cp /usr/share/keyrings/debian-archive-keyring.gpg "$root/usr/share/keyrings/"
  # The whole root is thrown away: nothing need survive a power cut.
  echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
  # Where this system says how to reach its mirror, and whether dates count.
  for file in /etc/apt/apt.conf.d/*; do
    if grep -q '^Acquire::' "$file"; then cp "$file" "$root/etc/apt/apt.conf.d/"; fi
  done
  cp /etc/resolv.conf "$root/etc/"
  in_root apt-get update -qq
  in_root apt-get install -y -qq --no-install-recommends systemd
  tar -C "$root" -cf "$fresh" .
  in_root apt-get install -y -qq --no-install-recommends pulseaudio \
    pulseaudio-utils
  tar -C "$root" -cf "$base.part" .
  mv "$base.part" "$base"
}
if [ "${1:-}" = --debian ]; then
  prepare
  exit
fi
if [ ! -f "$base" ] || [ ! -f "$fresh" ]; then
  # A process of its own: set -e does not reach a function that is called under ||.
  bash scripts/install-test.sh --debian >"$work/base.log" 2>&1 </dev/null || {
    tail -n 20 "$work/base.log" >&2
    echo "no Debian $suite for the installation test: $work/base.log" >&2
    exit 1
  }
fi
if [ "${1:-}" = --prepare ]; then exit; fi

ls "$packages"/tacet_*.deb >/dev/null || {
  echo "no packages in $packages: run scripts/package.sh first" >&2
  exit 1
}
cleanup
rm -rf "$root"
mkdir -p "$root"
tar -C "$root" -xf "$base"
mount -t proc proc "$root/proc"
cp tests/testdata/noisy_48k.flac "$root/tmp/noisy.flac"
cp scripts/install_steps.sh "$root/tmp/"
cp "$packages"/*.deb "$packages"/*.tar.gz "$root/tmp/"

# An older package, for the upgrade: the same with another number.
rm -rf "$work/old"
dpkg-deb -R "$packages"/tacet_*.deb "$work/old"
sed -i 's/^Version: .*/Version: 0.0.1-1/' "$work/old/DEBIAN/control"
dpkg-deb --root-owner-group -b "$work/old" "$root/tmp/old.deb" >/dev/null
rm -r "$work/old"

in_root bash /tmp/install_steps.sh >"$work/steps.log" 2>"$work/errors.log" || {
  tail -n 30 "$work/steps.log" "$work/errors.log" >&2
  echo "the installation test FAILED" >&2
  exit 1
}
{
  echo "# Installation test"
  echo
  echo "Written by \`scripts/install-test.sh --write\`: the packages in a fresh"
  echo "Debian 12 (debootstrap), as root and as the user ada. \`scripts/test.sh\`, and"
  echo "so CI, runs the same commands. apt's own messages are left out."
  echo
  echo '```'
  cat "$work/steps.log"
  echo '```'
} >"$work/transcript.md"
if [ "${1:-}" = --write ]; then cp "$work/transcript.md" docs/install-test.md; fi

# What differs from run to run is what was said; the commands do not.
commands() { grep -E '^(#|\$|ada\$) ' "$1" | sed 's/_[a-z0-9]*\.deb/.deb/g'; }
if ! diff <(commands docs/install-test.md) <(commands "$work/transcript.md"); then
  echo "docs/install-test.md is of other commands: scripts/install-test.sh --write" >&2
  exit 1
fi
echo "installed, used, upgraded and purged in a fresh Debian 12;" \
  "see $work/transcript.md"
