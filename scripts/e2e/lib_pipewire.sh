#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sourced by the tests with a real PipeWire: a server and a session manager of
# their own, without hardware, apart from those of the desktop.
#
#   . scripts/e2e/lib_pipewire.sh
#   pipewire_sandbox COMMAND...   runs it in a session of its own, and ends all
#                                 that it started
# and inside the sandbox:
#   pipewire_start                starts server and session manager
#   pipewire_kill                 SIGKILL for both
#   pipewire_signal NAME          a signal for the server
#   pipewire_add_source NAME POSITION PRIORITY    POSITION: MONO, or FL,FR
#   pipewire_add_sink NAME
#   pipewire_feed FILE SOURCE     plays the file into that source until it ends
#   pipewire_record FILE PROPERTIES   records the virtual microphone until
#                                 SIGINT
#   pipewire_record_both FILE SOURCE    records it beside its source, in stereo

# What the tests need beside the shell; prints what is missing.
pipewire_missing() {
  for program in dbus-run-session pipewire wireplumber pw-cli pw-cat pw-link \
    pw-dump pw-metadata wpctl; do
    command -v "$program" >/dev/null || printf '%s ' "$program"
  done
}

pipewire_sandbox() (
  PIPEWIRE_SANDBOX=$(mktemp -d "${TMPDIR:-/tmp}/tacet-pipewire.XXXXXX") ||
    exit 1
  export PIPEWIRE_SANDBOX
  trap 'pipewire_kill; rm -rf "$PIPEWIRE_SANDBOX"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  mkdir -p "$PIPEWIRE_SANDBOX/run" "$PIPEWIRE_SANDBOX/home" \
    "$PIPEWIRE_SANDBOX/config/pipewire/pipewire.conf.d" \
    "$PIPEWIRE_SANDBOX/config/wireplumber/bluetooth.lua.d"
  chmod 700 "$PIPEWIRE_SANDBOX/run"
  # Long periods: the tests are of the graph, not of the machine they share.
  cat >"$PIPEWIRE_SANDBOX/config/pipewire/pipewire.conf.d/tests.conf" <<EOF
context.properties = {
    default.clock.quantum = ${PIPEWIRE_TEST_QUANTUM:-4096}
    default.clock.max-quantum = 8192
    default.clock.rate = 48000
}
EOF
  # WirePlumber ends where there is no logind to ask who is at the seat.
  echo 'bluez_monitor.properties["with-logind"] = false' \
    >"$PIPEWIRE_SANDBOX/config/wireplumber/bluetooth.lua.d/51-tests.lua"
  unset PIPEWIRE_REMOTE PIPEWIRE_RUNTIME_DIR PULSE_SERVER DISPLAY \
    WAYLAND_DISPLAY
  export HOME="$PIPEWIRE_SANDBOX/home"
  export XDG_RUNTIME_DIR="$PIPEWIRE_SANDBOX/run"
  export XDG_CONFIG_HOME="$PIPEWIRE_SANDBOX/config"
  export XDG_STATE_HOME="$PIPEWIRE_SANDBOX/state"
  export XDG_CACHE_HOME="$PIPEWIRE_SANDBOX/cache"
  dbus-run-session -- "$@"
)

pipewire_start() {
  pipewire </dev/null >>"$PIPEWIRE_SANDBOX/pipewire.log" 2>&1 &
  echo $! >"$PIPEWIRE_SANDBOX/pipewire.pid"
  pipewire_wait test -S "$XDG_RUNTIME_DIR/pipewire-0" || return 1
  pipewire_start_manager
}

pipewire_start_manager() {
  wireplumber </dev/null >>"$PIPEWIRE_SANDBOX/wireplumber.log" 2>&1 &
  echo $! >"$PIPEWIRE_SANDBOX/wireplumber.pid"
  pipewire_wait pipewire_is_managed
}

pipewire_signal() {
  kill -"$1" "$(cat "$PIPEWIRE_SANDBOX/pipewire.pid")"
}

pipewire_kill() {
  for name in wireplumber pipewire; do
    if [ -s "$PIPEWIRE_SANDBOX/$name.pid" ]; then
      kill -KILL "$(cat "$PIPEWIRE_SANDBOX/$name.pid")" 2>/dev/null
      rm -f "$PIPEWIRE_SANDBOX/$name.pid"
    fi
  done
  rm -f "$PIPEWIRE_SANDBOX"/run/pipewire-0*
}

# Waits up to 30 s for the command to succeed.
pipewire_wait() {
  tries=600
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || {
      echo "waited in vain for: $*" >&2
      return 1
    }
    sleep 0.05
  done
}

# Whether the server's objects mention the extended regular expression.
pipewire_has() {
  pw-dump -N 2>/dev/null | grep -Eq "$1"
}

# The default metadata object is the session manager's. pw-cli lists it without
# binding it: 0.3.65 stops reading from clients that bind it as it appears.
pipewire_is_managed() {
  timeout 10 pw-cli ls Metadata | grep -q 'metadata.name = "default"'
}

pipewire_add_source() {
  pw-cli create-node adapter "{ factory.name=support.null-audio-sink
    node.name=$1 node.description=$1 media.class=Audio/Source/Virtual
    object.linger=true priority.session=$3 audio.position=[ $2 ]
    monitor.channel-volumes=true }" >/dev/null &&
    pipewire_wait pipewire_has "\"$1:capture_"
}

pipewire_add_sink() {
  pw-cli create-node adapter "{ factory.name=support.null-audio-sink
    node.name=$1 node.description=$1 media.class=Audio/Sink
    object.linger=true audio.position=[ FL FR ] }" >/dev/null &&
    pipewire_wait pipewire_has "\"$1:monitor_"
}

# The session manager links playback to sinks alone, so we link.
pipewire_feed() {
  pw-cat -p --target 0 -P '{ node.name=feeder }' "$1" &
  feeder=$!
  trap 'kill $feeder 2>/dev/null' EXIT
  trap 'exit 0' INT TERM
  pipewire_wait pw-link feeder:output_MONO "$2:input_MONO" || return 1
  wait $feeder
}

pipewire_record() {
  exec pw-cat -r --target tacet_microphone --format f32 --rate 48000 \
    --channels 1 -P "{ node.name=recorder $2 }" "$1"
}

# Left the source itself, right the virtual microphone.
pipewire_record_both() {
  {
    pipewire_wait pw-link "$2:capture_MONO" recorder:input_FL &&
      pipewire_wait pw-link tacet_microphone:capture_MONO recorder:input_FR
  } &
  exec pw-cat -r --target 0 --format f32 --rate 48000 --channels 2 \
    -P '{ node.name=recorder }' "$1"
}

# As a program: runs one of the functions above.
case ${0##*/} in
lib_pipewire.sh) "$@" ;;
esac
