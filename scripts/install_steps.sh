#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Inside the chroot of scripts/install-test.sh: prints each command and what it
# says, ends with the first that fails.
set -euo pipefail
cd /tmp

# Shows a command and runs it.
show() {
  echo "\$ $*"
  "$@" 2>&1
  echo
}

# As a user of the desktop.
as_user() {
  setpriv --reuid=1000 --regid=1000 --clear-groups /usr/bin/env -i \
    PATH=/usr/bin:/bin LC_ALL=C.UTF-8 HOME=/home/ada USER=ada \
    XDG_RUNTIME_DIR=/run/user/1000 "$@"
}
show_user() {
  echo "ada\$ $*"
  as_user "$@" 2>&1
  echo
}

# Shows a command of apt without what apt says.
show_apt() {
  echo "# $*"
  "$@" >/tmp/apt.log 2>&1 || {
    cat /tmp/apt.log >&2
    return 1
  }
  dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\n' \
    'tacet*' 'libtacet*' 2>/dev/null | grep -v not-installed || true
  echo
}

# Waits up to 30 s.
until_true() {
  for _ in $(seq 300); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  echo "waited in vain for: $*" >&2
  return 1
}

# All files but those of the run itself and of the package manager.
list_files() {
  find / -xdev \( -path /proc -o -path /tmp -o -path /run -o -path /var/cache \
    -o -path /var/log -o -path /var/lib/apt -o -path /var/lib/dpkg \
    -o -path /home/ada -o -path /etc/ld.so.cache \) -prune -o -print | sort
}

useradd --create-home --uid 1000 ada
install -d -m 0700 -o 1000 -g 1000 /run/user/1000
# What the packages need, first: the list of files is to show ours alone.
apt-get install -y -qq --no-install-recommends ./old.deb ./libtacet0_*.deb \
  ./libtacet-dev_*.deb ./tacet-ladspa_*.deb >/tmp/apt.log 2>&1
apt-get purge -y -qq tacet libtacet0 libtacet-dev tacet-ladspa \
  >/tmp/apt.log 2>&1
list_files >/tmp/before

show_apt apt-get install -y -qq --no-install-recommends ./old.deb
echo "# echo 'log_level = \"debug\"' >> /etc/xdg/tacet/tacet.toml"
echo 'log_level = "debug"' >>/etc/xdg/tacet/tacet.toml
show_apt apt-get install -y -qq --no-install-recommends \
  -o Dpkg::Options::=--force-confold \
  "$(echo ./tacet_*.deb)" "$(echo ./libtacet0_*.deb)" \
  "$(echo ./libtacet-dev_*.deb)" "$(echo ./tacet-ladspa_*.deb)"
show tail -n 1 /etc/xdg/tacet/tacet.toml

show_user tacet --version
show_user tacet denoise -q /tmp/noisy.flac /home/ada/clean.wav
show_user test -s /home/ada/clean.wav
show test -f /usr/include/tacet.h
show test -f /usr/lib/ladspa/tacet_ladspa.so
# Installed is not enabled; one command of the user does that.
show_user systemctl --user is-enabled tacetd || true
show_user systemctl --user enable tacetd
show_user systemctl --user is-enabled tacetd
show_user systemctl --user disable tacetd
show find /etc /home -name tacetd.service

echo "ada\$ pulseaudio & tacetd &"
as_user pulseaudio -n --daemonize=no --exit-idle-time=-1 --use-pid-file=no \
  --disable-shm=yes --realtime=no \
  -L "module-native-protocol-unix auth-anonymous=1" \
  -L "module-null-sink sink_name=feed rate=48000 channels=1" \
  -L "module-remap-source source_name=microphone master=feed.monitor" \
  >/tmp/pulseaudio.log 2>&1 &
until_true as_user pactl set-default-source microphone
as_user tacetd >/tmp/tacetd.log 2>&1 &
daemon=$!
until_true as_user sh -c 'pactl list short sources | grep -q tacet'
show_user pactl list short sources
as_user parec -d tacet_microphone >/tmp/heard.raw 2>/dev/null &
until_true as_user sh -c 'tacet status | grep -q running'
show_user tacet status
show_user tacet stop
status=0
wait "$daemon" || status=$?
echo "tacetd ended with status $status"
[ "$status" = 0 ]
echo

# Removed, its configuration stays, as Debian has it; purged, nothing does.
show_apt apt-get remove -y -qq tacet
show tail -n 1 /etc/xdg/tacet/tacet.toml
show_apt apt-get purge -y -qq tacet libtacet0 libtacet-dev tacet-ladspa
list_files >/tmp/after
show diff /tmp/before /tmp/after
echo "nothing is left behind"
echo

# The archive holds the same; its programs need no file of their own.
mkdir /tmp/archive
echo "ada\$ tar -C /tmp/archive --strip-components=1 -xf tacet-*.tar.gz"
tar -C /tmp/archive --strip-components=1 -xf /tmp/tacet-*.tar.gz
show_user /tmp/archive/usr/bin/tacet --version
show test -f /tmp/archive/etc/xdg/tacet/tacet.toml
