#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs the packages of build/package/out into a fresh Debian 12 (a chroot by
# debootstrap), uses them as a user would, upgrades and purges them, and writes
# what was said to docs/install-test.md. Needs root and the system's package
# sources; some minutes, most of them for Debian's own packages.
#   scripts/install-test.sh [TRANSCRIPT [FOLDER_OF_PACKAGES]]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_packages install
transcript=${1:-docs/install-test.md}
packages=${2:-build/package/out}
ls "$packages"/tacet_*.deb >/dev/null || {
  echo "no packages in $packages: run scripts/package.sh first" >&2
  exit 1
}
suite=bookworm
root=build/install-test/root
base=build/install-test/base.tar
mkdir -p build/install-test

cleanup() {
  # What the user left running, and nothing else: its root is the chroot.
  for pid in /proc/[0-9]*; do
    [ "$(readlink "$pid/root" 2>/dev/null)" = "$(realpath "$root")" ] &&
      kill -KILL "${pid#/proc/}" 2>/dev/null
  done
  umount "$root/proc" 2>/dev/null || true
}
trap cleanup EXIT

# A Debian as debootstrap makes it; kept, since that takes minutes.
if [ ! -f "$base" ]; then
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
    "Codename: $suite" | sort -u | head -n 1)
  rm -rf "$root"
  debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$base.log" 2>&1 || {
    tail "$base.log" >&2
    exit 1
  }
  tar -C "$root" -cf "$base.part" .
  mv "$base.part" "$base"
fi
cleanup
rm -rf "$root"
mkdir -p "$root"
tar -C "$root" -xf "$base"
mount -t proc proc "$root/proc"
rm -rf "$root/etc/apt/sources.list" "$root/etc/apt/sources.list.d"
cp -r /etc/apt/sources.list.d "$root/etc/apt/"
[ ! -f /etc/apt/sources.list ] || cp /etc/apt/sources.list "$root/etc/apt/"
cp -r /etc/apt/apt.conf.d "$root/etc/apt/"
cp -r /usr/share/keyrings "$root/usr/share/"
cp /etc/resolv.conf "$root/etc/"
cp tests/testdata/noisy_48k.flac "$root/tmp/noisy.flac"
cp scripts/install_steps.sh "$root/tmp/"
cp "$packages"/*.deb "$root/tmp/"

# An older package, for the upgrade: the same with another number.
old=$(ls "$packages"/tacet_*.deb)
dpkg-deb -R "$old" build/install-test/old
sed -i 's/^Version: .*/Version: 0.0.1-1/' build/install-test/old/DEBIAN/control
dpkg-deb --root-owner-group -b build/install-test/old "$root/tmp/old.deb" \
  >/dev/null
rm -r build/install-test/old

steps=build/install-test/steps.log
chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive bash /tmp/install_steps.sh >"$steps" \
  2>"$steps.errors" || {
  tail -n 30 "$steps" "$steps.errors" >&2
  echo "the installation test FAILED" >&2
  exit 1
}
{
  echo "# Installation test"
  echo
  echo "Written by \`scripts/install-test.sh\`: a fresh Debian 12, the packages of"
  echo "\`scripts/package.sh\`. apt's own messages are left out."
  echo
  echo '```'
  cat "$steps"
  echo '```'
} >"$transcript"
echo "passed; see $transcript"
