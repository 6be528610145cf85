#!/usr/bin/env bash
# Kills a training run with SIGKILL at random moments and resumes it each time; the weights must end up those of a run that was never disturbed, and its
# trajectories too: none missing, none stored twice or sampled anew. Usage: kill-and-resume.sh [KILLS] [SEED] [four-stages | OPTIONS OF THE SAMPLE], for example:
# kill-and-resume.sh 10 7 --kl 0.1
set -euo pipefail
cd "$(dirname "$0")/.."
kills=${1:-10}
RANDOM=${2:-7}
if [ "${3:-}" = four-stages ]; then
  project=tests/KillRuns name=AgentTeams.KillRuns longest=4 extra=()
else
  project=samples/WordProblems name=AgentTeams.Samples.WordProblems longest=7 extra=(--smoke --seed 7 "${@:3}")
fi
program="$project/bin/Release/net10.0/$name.dll"
[ -f "$program" ] || dotnet build -c Release "$project"
# A checkpoint at every step, so that most runs are resumed in the middle of their training.
run() { dotnet "$program" train "${extra[@]}" --checkpoint-every 1 --json "$@"; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
hash() { tail -n 1 "$1" | sed -nE 's/.*"weights_sha256":"([0-9a-f]+)".*/\1/p'; }
ids() { dotnet "$program" trajectories query "$1" | sed -nE 's/^\{"schemaVersion":[0-9]+,"id":"([^"]+)".*/\1/p' | sort; }
check() {
  [ "$(hash "$out/killed.json")" = "$(hash "$out/whole.json")" ] || { echo "FAILED: the weights differ from those of an undisturbed run, after $1 kills"; exit 1; }
  ids "$out/killed" > "$out/killed.ids"
  cmp -s "$out/killed.ids" "$out/whole.ids" || { echo "FAILED: other trajectories than those of an undisturbed run, after $1 kills"; diff "$out/killed.ids" "$out/whole.ids" | head -n 4; exit 1; }
}

run --out "$out/whole" > "$out/whole.json" 2> /dev/null
ids "$out/whole" > "$out/whole.ids"
[ -s "$out/whole.ids" ] && [ -n "$(hash "$out/whole.json")" ] || { echo "FAILED: no run to compare with"; exit 1; }
done=0
while [ "$done" -lt "$kills" ]; do
  resume=$([ -f "$out/killed/run.json" ] && echo --resume || true)
  (exec dotnet "$program" train "${extra[@]}" --checkpoint-every 1 --json --out "$out/killed" $resume) > "$out/killed.json" 2> /dev/null &
  pid=$!
  sleep "$((RANDOM % longest)).$((RANDOM % 10))"
  if kill -9 "$pid" 2> /dev/null; then done=$((done + 1)); fi
  wait "$pid" 2> /dev/null || true
  # A run that finished before its kill starts over.
  if [ -n "$(hash "$out/killed.json")" ]; then
    check "$done"
    [ "$done" -ge "$kills" ] || rm -rf "$out/killed"
  fi
done

resume=$([ -f "$out/killed/run.json" ] && echo --resume || true)
run --out "$out/killed" $resume > "$out/killed.json" 2> /dev/null
check "$done"
echo "$kills kills survived${3:+ with ${*:3}}: equal weights, the same $(wc -l < "$out/whole.ids") trajectories"
