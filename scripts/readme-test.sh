#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the README's two commands as a newcomer would: each twice, from a clean
# clone of HEAD, in a Debian 12 as debootstrap makes it, with git (somebody cloned)
# and sudo. Each must succeed, install exactly the packages that it names, and the
# second time install and build nothing; the demo's result and picture must be where
# it says, and its second run take at most a fifth of the first. What was said is in
# build/readme-test/. Needs root and the system's package sources.
#   scripts/readme-test.sh [demo-root|demo-ada|test-root|test-ada...]
#       which command as which user, ada being one with sudo; without one,
#       demo-root, demo-ada and test-ada
#   TACET_CCACHE   a folder of ccache's that all may write to: it is mounted into the
#                  system, which gets ccache too, and what was compiled before is
#                  taken from there. Without it everything is compiled
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
[ $# -gt 0 ] || set -- demo-root demo-ada test-ada
work=build/readme-test
root=$PWD/$work/root
mkdir -p "$work"
if [ "$(id -u)" != 0 ]; then
  echo "scripts/readme-test.sh makes a chroot and needs root, not $(id -un)" >&2
  exit 1
fi
install_packages install
command -v file >/dev/null || apt-get install -y -qq file >/dev/null
scripts/install-test.sh --prepare
export root TACET_CCACHE="${TACET_CCACHE:-}"

fail() {
  echo "$0: $*" >&2
  exit 1
}

# The command of the README's section whose name begins so.
command_of_readme() {
  mapfile -t lines < <(sed -n '/^## Two commands/,/^## /s/^    //p' README.md |
    sed 's/  *#.*//')
  [ ${#lines[@]} = 2 ] || fail "README.md has ${#lines[@]} commands, not two"
  for line in "${lines[@]}"; do
    case $line in */"$1".sh) echo "$line" && return ;; esac
  done
  fail "README.md does not name $1.sh among its two commands: ${lines[*]}"
}

# as USER COMMAND: a login in the fresh Debian, which has what a kernel and an init
# give every system; what it leaves running ends with it, and it with this script.
as() {
  # shellcheck disable=SC2016
  setpriv --pdeathsig KILL unshare --mount --pid --ipc --uts --fork --kill-child bash -euc '
    hostname box
    mount -t proc proc "$root/proc"
    mount -t sysfs sys "$root/sys"
    mount -t tmpfs run -o mode=755 "$root/run"
    mkdir "$root/run/systemd"
    mount -t devpts pts -o newinstance,ptmxmode=666,mode=620,gid=5 "$root/dev/pts"
    mount -t tmpfs shm -o mode=1777 "$root/dev/shm"
    if [ -n "$TACET_CCACHE" ]; then
      mkdir -p "$root/ccache"
      mount --bind "$TACET_CCACHE" "$root/ccache"
    fi
    env -i TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin \
      chroot "$root" su -l "$0" -c "$1"' "$@" </dev/null
}

# Unpacks a fresh Debian with a clone in the home of USER.
begin() {
  rm -rf "$root"
  mkdir -p "$root"
  tar -C "$root" -xf build/install-test/fresh.tar
  printf '127.0.0.1 localhost\n127.0.1.1 box\n' >"$root/etc/hosts"
  echo 'Dir::Log::Terminal "";' >"$root/etc/apt/apt.conf.d/90quiet"
  as root "apt-get install -y -qq --no-install-recommends git sudo \
    ${TACET_CCACHE:+ccache}
    useradd --create-home --shell /bin/bash --groups sudo ada" \
    >"$work/begin.log" 2>&1 || fail "no git or sudo, see $work/begin.log"
  echo 'ada ALL=(ALL) NOPASSWD:ALL' >"$root/etc/sudoers.d/ada"
  git bundle create -q "$root/tmp/tacet.bundle" HEAD
  as "$1" "git clone -q -c advice.detachedHead=false /tmp/tacet.bundle tacet" >>"$work/begin.log" 2>&1 ||
    fail "no clone, see $work/begin.log"
}

packages() { as root 'dpkg-query -W -f "\${Package} \${Version}\n"' | sort; }
asked_for() { as root 'apt-mark showmanual' | sort; }

# once USER COMMAND LOG: runs it in the clone; seconds in $took.
once() {
  cache=""
  if [ -n "$TACET_CCACHE" ]; then
    cache="export CCACHE_DIR=/ccache CCACHE_UMASK=000 CCACHE_BASEDIR=\$PWD \
      CCACHE_NOHASHDIR=1 CMAKE_C_COMPILER_LAUNCHER=ccache \
      CMAKE_CXX_COMPILER_LAUNCHER=ccache;"
  fi
  before=$SECONDS
  as "$1" "cd tacet; $cache $2" >"$3" 2>&1 || {
    tail -n 30 "$3" >&2
    fail "$2 as $1 FAILED, see $3"
  }
  took=$((SECONDS - before))
}

# What demo.sh says, and that it is so: the files it names, the result as long as
# the sample.
check_demo() {
  home=$root$(as "$1" pwd)
  for name in before after at; do
    case $name in
      at) line=$(grep '^Look at ' "$2") ;;
      *) line=$(grep "($name)\$" "$2") ;;
    esac || fail "$2 does not say where a file is"
    path=$(echo "$line" | grep -o '/[^ ]*')
    case $root$path in "$home"/tacet/*) ;; *) fail "$path is not in the clone" ;; esac
    is=$(file -b "$root$path")
    case $name:$is in
      before:FLAC*) sample=$is ;;
      after:FLAC*) [ "$is" = "$sample" ] || fail "$path is $is, not $sample" ;;
      at:PNG*) ;;
      *) fail "$path is $is" ;;
    esac
  done
}

# try COMMAND USER: twice in a fresh system.
try() {
  command=$(command_of_readme "$1")
  begin "$2"
  packages >"$work/packages"
  asked_for >"$work/asked"
  log=$work/$1-$2
  once "$2" "$command" "$log-1.log"
  first=$took
  # What was asked of apt, and nothing else, has been said.
  asked_for | comm -13 "$work/asked" - >"$work/installed"
  sed -n 's/^Installing Debian packages: //p' "$log-1.log" | tr ' ' '\n' | sort |
    diff "$work/installed" - ||
    fail "$command as $2 installs other packages (<) than it says (>)"
  packages >"$work/packages"
  once "$2" "$command" "$log-2.log"
  packages | diff "$work/packages" - || fail "$command installs more the second time"
  ! grep 'Installing' "$log-2.log" || fail "$command installs the second time"
  ! grep -E '^\[ *[0-9]+%\] (Building|Linking|Generating)' "$log-2.log" ||
    fail "$command as $2 builds the second time"
  if [ "$1" = demo ]; then
    check_demo "$2" "$log-2.log"
    [ $((5 * took)) -le "$first" ] ||
      fail "$command as $2 took $first s and then $took s: not quick"
  fi
  said="$command as $2: $(wc -l <"$work/installed") packages named and installed, \
$first s, the second time $took s"
  echo "$said"
  summary+="${summary:+; }$said"
}

summary=""
for case in "$@"; do
  user=${case#*-}
  case $case in
    demo-root | demo-ada | test-root | test-ada) try "${case%-*}" "$user" ;;
    *) fail "no case $case; there are demo-root demo-ada test-root test-ada" ;;
  esac
done
echo "$summary${TACET_CCACHE:+ (compiled with a cache)}"
