#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Follows docs/guide.md in a Debian 12 that has been booted (systemd-nspawn), as the
# user ada, with the packages of build/package/out: once on PipeWire, as on a box
# without a screen, once on PulseAudio, once on JACK, each in a fresh system. The
# commands are taken from the guide itself; what was said goes to
# build/guide-test/transcript.md. Needs root and the system's package sources.
#   scripts/guide-test.sh [--write] [pipewire|pulseaudio|jack...]
#       --write also writes docs/guide-test.md; of servers that are not named, what
#       they said the last time
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_packages install guide
write=""
if [ "${1:-}" = --write ]; then
  write=yes
  shift
fi
[ $# -gt 0 ] || set -- pipewire pulseaudio jack
work=build/guide-test
root=$work/root
mkdir -p "$work"
if [ "$(id -u)" != 0 ]; then
  echo "scripts/guide-test.sh boots a system and needs root, not $(id -un)" >&2
  exit 1
fi
scripts/install-test.sh --prepare
machine=""

shut_down() {
  [ -n "$machine" ] || return 0
  kill -TERM "$machine" 2>/dev/null || true # nspawn powers the system off
  wait "$machine" 2>/dev/null || true
  machine=""
}
trap shut_down EXIT

in_root() {
  chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

# A system as its installation leaves it: no sound server, no Tacet.
boot() {
  shut_down
  rm -rf "$root"
  mkdir -p "$root"
  tar -C "$root" -xf build/install-test/base.tar
  echo 'APT::Get::Assume-Yes "true";' >"$root/etc/apt/apt.conf.d/90yes"
  echo box >"$root/etc/hostname"
  echo 127.0.1.1 box >>"$root/etc/hosts"
  {
    in_root apt-get purge -qq pulseaudio pulseaudio-utils
    in_root apt-get autoremove -qq
    in_root apt-get install -qq systemd-sysv dbus libpam-systemd sudo
    in_root useradd --create-home --shell /bin/bash ada
  } >>"$work/log" 2>&1
  echo 'ada ALL=(ALL) NOPASSWD:ALL' >"$root/etc/sudoers.d/ada"
  cp build/package/out/*.deb docs/sample/noisy.flac "$root/home/ada/"
  systemd-nspawn --quiet -D "$root" --boot --register=no --keep-unit \
    --console=pipe --machine="tacet-guide-$$" </dev/null >>"$work/log" 2>&1 &
  machine=$!
  until_true as ada systemctl --user is-active -q default.target
  # Somebody is logged in: PulseAudio ends with the last session.
  as ada "sleep 600" >>"$work/log" 2>&1 &
}

# as USER COMMAND...: in a login session of the booted system.
as() {
  user=$1
  shift
  inside=$(pgrep -P "$machine")
  nsenter -t "$inside" -m -u -i -p -C env -i PATH=/usr/bin:/bin \
    su -l "$user" -c "export LC_ALL=C.UTF-8; $*"
}

until_true() {
  for _ in $(seq 60); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.5
  done
  echo "waited in vain for: $*" >&2
  return 1
}

# The commands of a section of the guide, without what it says beside them.
guide() {
  sed -n "/^## $1/,/^## /s/^    //p" docs/guide.md | sed 's/  *#.*//'
}

# Shows a command and runs it as ada. One that shows until it is told to end is.
show() {
  echo "ada\$ $*"
  case "$*" in
    "tacet top" | "tacet monitor") as ada "timeout -s INT 2 $* | head -n 2" ;;
    "tacet doctor") as ada "$*" || echo "(status $?)" ;;
    *apt*) as ada "$*" >>"$work/log" 2>&1 ;;
    *) as ada "$*" 2>&1 ;;
  esac
  echo
}

follow() {
  guide "$1" | while read -r command; do
    if [ -n "$command" ]; then show "$command" </dev/null; fi
  done
}

# Speech in noise, played by the command $1 for a minute.
talk() {
  as ada "for _ in 1 2 3 4 5 6 7 8; do $1; done" >>"$work/log" 2>&1 &
}

# What "Start" has, and that sound comes out: $1 records the microphone to a file.
use_it() {
  follow Start
  show tacet mode clean
  as ada "timeout 30 $1" >>"$work/log" 2>&1 &
  until_true as ada 'tacet status | grep -q "^state *running"'
  show tacet status
  until_true as ada 'tacet top -n 1 | grep -q " in=-[1-8].*attenuation=[1-9]"'
  show tacet latency --loopback --force --even-if-heard
}

try_pipewire() {
  boot
  follow "A box without a screen"
  as ada 'pw-cli create-node adapter "{ factory.name=support.null-audio-sink
    node.name=mic media.class=Audio/Source/Virtual object.linger=true
    audio.position=[ MONO ] }"' >>"$work/log" 2>&1
  until_true as ada 'tacet devices | grep -q mic'
  talk 'pw-cat -p --target 0 -P "{ node.name=talker }" noisy.flac &
    until pw-link talker:output_MONO mic:input_MONO; do sleep 0.1; done; wait'
  use_it "pw-record --target tacet_microphone heard.wav"
  show "sudo apt install ./tacet-ladspa_*.deb"
  show "mkdir -p ~/.config/pipewire/pipewire.conf.d"
  show "cp /usr/share/doc/tacet-ladspa/examples/*.conf ~/.config/pipewire/pipewire.conf.d/"
  show "systemctl --user restart pipewire"
  until_true as ada 'pw-link -o | grep -q tacet_source:capture_MONO'
  until_true as ada 'pw-link -i | grep -q tacet_sink:playback_FR'
  show "pw-link -io | grep -E 'tacet_(source|sink)'"
}

try_pulseaudio() {
  boot
  show "sudo apt install --no-install-recommends ./tacet_*.deb pulseaudio pulseaudio-utils"
  as ada 'set -e; systemctl --user start pulseaudio
    pactl load-module module-null-sink sink_name=feed channels=1
    pactl load-module module-remap-source source_name=mic master=feed.monitor
    pactl set-default-source mic' >>"$work/log" 2>&1
  talk "paplay -d feed noisy.flac"
  use_it "parec -d tacet_microphone heard.raw"
}

try_jack() {
  boot
  show "sudo apt install --no-install-recommends ./tacet_*.deb jackd2"
  as ada "jackd -r -d dummy -r 48000 -p 256" >>"$work/log" 2>&1 &
  until_true as ada "jack_lsp"
  follow Start
  until_true as ada 'tacet status | grep -q "^state *running"'
  show tacet status
  show 'jack_connect "Tacet Microphone:out_0" system:playback_1'
  show 'jack_lsp -c'
  show tacet latency --loopback --force --even-if-heard
}

for server in "$@"; do
  {
    echo "## $server"
    echo
    echo '```'
    : >"$work/log"
    try_"$server"
    echo '```'
  } >"$work/transcript-$server.md"
done
shut_down
{
  echo "# Guide test"
  echo
  echo "Written by \`scripts/guide-test.sh --write\`: a Debian 12 that was booted, and"
  echo "docs/guide.md followed in it as the user ada. It has no sound card: a source of"
  echo "the sound server's own stands for the microphone. What apt says is left out;"
  echo "xruns and spreads tell how busy the machine was with other work."
  for server in pipewire pulseaudio jack; do
    echo
    cat "$work/transcript-$server.md"
  done
} >"$work/transcript.md"
if [ -n "$write" ]; then cp "$work/transcript.md" docs/guide-test.md; fi
echo "followed docs/guide.md on $*; see $work/transcript.md"
