#!/usr/bin/env bash
# Kills a training run with SIGKILL at random moments and resumes it each time; the weights must end up those of a run that
# was never disturbed, and no trajectory may be stored twice. Usage: kill-and-resume.sh [KILLS] [SEED] [OPTIONS OF THE SAMPLE], for
# example: kill-and-resume.sh 10 7 --kl 0.1
set -euo pipefail
cd "$(dirname "$0")/.."
kills=${1:-10}
RANDOM=${2:-7}
program=samples/WordProblems/bin/Release/net10.0/AgentTeams.Samples.WordProblems.dll
[ -f "$program" ] || dotnet build -c Release samples/WordProblems
# A checkpoint at every step, so that most runs are resumed in the middle of their training.
sample="dotnet $program --smoke --seed 7 --checkpoint-every 1 --json ${*:3}"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
hash() { sed -E 's/.*"weights_sha256":"([0-9a-f]+)".*/\1/' "$1"; }

$sample --out "$out/whole" 2>/dev/null | tail -n 1 > "$out/whole.json"
done=0
while [ "$done" -lt "$kills" ]; do
  resume=$([ -f "$out/killed/run.json" ] && echo --resume || true)
  $sample --out "$out/killed" $resume > "$out/killed.json" 2>/dev/null &
  pid=$!
  sleep "$((RANDOM % 7)).$((RANDOM % 10))"
  if kill -9 "$pid" 2>/dev/null; then done=$((done + 1)); fi
  wait "$pid" 2>/dev/null || true
  # A run that finished before its kill starts over.
  if tail -n 1 "$out/killed.json" | grep -q weights_sha256; then
    [ "$(tail -n 1 "$out/killed.json" | hash /dev/stdin)" = "$(hash "$out/whole.json")" ] || { echo "FAILED: different weights after $done kills"; exit 1; }
    [ "$done" -ge "$kills" ] || rm -rf "$out/killed"
  fi
done

resume=$([ -f "$out/killed/run.json" ] && echo --resume || true)
$sample --out "$out/killed" $resume 2>/dev/null | tail -n 1 > "$out/killed.json"
if [ "$(hash "$out/killed.json")" != "$(hash "$out/whole.json")" ]; then
  echo "FAILED: the weights differ from those of an undisturbed run"
  exit 1
fi
ids=$(grep -oE '^\{"schemaVersion":[0-9]+,"id":"[0-9a-f]+"' "$out/killed/trajectories.jsonl" || true)
[ -n "$ids" ] || { echo "FAILED: no trajectories are stored"; exit 1; }
# An id with more behind it is a rollout that was not taken for the stored one of its key.
if grep -qE '^\{"schemaVersion":[0-9]+,"id":"[0-9a-f]+-' "$out/killed/trajectories.jsonl"; then
  echo "FAILED: rollouts of the same weights, team and code were sampled anew"
  exit 1
fi
twice=$(echo "$ids" | sort | uniq -d | wc -l)
[ "$twice" -eq 0 ] || { echo "FAILED: $twice trajectories are stored twice"; exit 1; }
echo "$kills kills survived${3:+ with ${*:3}}: equal weights, no trajectory twice"
