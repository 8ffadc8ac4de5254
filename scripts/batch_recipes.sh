#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the recipes of docs/batch.md as they stand there, on a few files, and
# compares their output with that of one command; Slurm as one node of its own,
# started here and stopped again.
#   scripts/batch_recipes.sh TACET          the program
set -euo pipefail
tacet=$(realpath "$1")
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_packages batch
doc=$PWD/docs/batch.md
sample=$PWD/docs/sample/noisy.flac
work=$(mktemp -d)
pids=()
stop() {
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    kill "${pids[i]}" 2>/dev/null && wait "${pids[i]}" 2>/dev/null || :
  done
  rm -rf "$work"
}
trap stop EXIT
mkdir "$work/bin"
ln -s "$tacet" "$work/bin/tacet"
export PATH=$work/bin:$PATH
cd "$work"

# block LANGUAGE: the code blocks of the page in that language.
block() { awk -v l="\`\`\`$1" '/^```/ {on = $0 == l; next} on' "$doc"; }

for i in 1 2 3 4 5 6 7 8 9 10 11; do
  mkdir -p "recordings/speaker $((i % 3))"
  ffmpeg -v error -ss "0.$i" -i "$sample" -t 0.5 -ar 16000 -y \
    "recordings/speaker $((i % 3))/$i.wav"
done
find recordings -name '*.wav' | sort >all.txt
tacet denoise -q --backend fixed --manifest all.txt --output-dir expected

# Which files there are, but for the one that is made again.
others() {
  find clean -type f ! -path '*2/2.wav' -printf '%P %i\n' | sort
}

# check NAME COMMAND...: all files as expected; then one is missing and is made
# again, and the others stay as they are.
check() {
  name=$1
  shift
  rm -rf clean shares.log
  "$@"
  diff -r expected clean
  others >before
  rm 'clean/recordings/speaker 2/2.wav'
  "$@"
  diff -r expected clean
  others >after
  cmp -s before after || {
    echo "$name: files that were there have been made again"
    exit 1
  }
  echo "$name: passed"
}

block sh >parallel.sh
# A share that ended well is not repeated, so that the log goes as well.
check "GNU parallel" bash -euc 'rm -f shares.log; . ./parallel.sh'

munged=$(command -v munged || echo /usr/sbin/munged)
node=$(hostname -s)
user=$(id -un)
port=$((20000 + $$ % 20000))
mkdir slurm
dd if=/dev/urandom of=slurm/munge.key bs=1024 count=1 status=none
chmod 400 slurm/munge.key
chmod 711 "$work" slurm
"$munged" --foreground --force --key-file="$work/slurm/munge.key" \
  --socket="$work/slurm/munge.socket" --pid-file="$work/slurm/munge.pid" \
  --log-file="$work/slurm/munge.log" --seed-file="$work/slurm/munge.seed" \
  >slurm/munged.out 2>&1 &
pids+=($!)
cat >slurm/slurm.conf <<CONF
ClusterName=batch
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$work/slurm/munge.socket
StateSaveLocation=$work/slurm/state
SlurmdSpoolDir=$work/slurm/spool
SlurmctldPidFile=$work/slurm/ctld.pid
SlurmdPidFile=$work/slurm/d.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_interval=1,defer_batch
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
NodeName=$node NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
CONF
mkdir slurm/state slurm/spool
export SLURM_CONF=$work/slurm/slurm.conf
slurmctld -D >slurm/ctld.log 2>&1 &
pids+=($!)
slurmd -D >slurm/d.log 2>&1 &
pids+=($!)
for _ in $(seq 60); do
  sinfo -h -o %T 2>/dev/null | grep -q idle && break
  sleep 0.5
done
sinfo -h -o %T | grep -q idle || {
  cat slurm/*.log
  echo "Slurm: no idle node after 30 s"
  exit 1
}
block sbatch >denoise.sbatch
block slurm >slurm.sh
check "Slurm" bash -euc '. ./slurm.sh'
