#!/usr/bin/env bash
# Kills a workflow with SIGKILL at random moments and resumes it each time; every run must end with the state and the record of one that was never
# disturbed, and what it calls must have done each piece of work once. Usage: kill-workflows.sh [KILLS] [SEED] [file|sqlite]
set -euo pipefail
cd "$(dirname "$0")/.."
kills=${1:-200}
RANDOM=${2:-7}
store=${3:-file}
program=tests/KillWorkflows/bin/Release/net10.0/AgentTeams.KillWorkflows.dll
[ -f "$program" ] || dotnet build -c Release tests/KillWorkflows
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

began=$(date +%s%N)
dotnet "$program" "$out/whole" "$store" > "$out/whole.txt"
took=$((($(date +%s%N) - began) / 1000000))
keys() { { grep -P '^done\t.*\t\.$' "$1" || true; } | cut -f 2 | sort; }
keys "$out/whole/ledger" > "$out/whole.keys"

done=0
runs=0
again=0
while [ "$done" -lt "$kills" ]; do
  rm -rf "$out/killed"
  while true; do
    dotnet "$program" "$out/killed" "$store" > "$out/killed.txt" 2> "$out/killed.err" &
    pid=$!
    # Anywhere between the start of the work and a little after its end.
    wait_ms=$((took * (35 + RANDOM % 80) / 100))
    sleep "$((wait_ms / 1000)).$(printf '%03d' $((wait_ms % 1000)))"
    if [ "$done" -lt "$kills" ] && kill -9 "$pid" 2> /dev/null; then done=$((done + 1)); fi
    code=0
    wait "$pid" 2> /dev/null || code=$?
    [ "$code" -ne 0 ] || break
    [ "$code" -eq 137 ] || { echo "FAILED after $done kills: exit code $code"; cat "$out/killed.err"; exit 1; }
  done
  runs=$((runs + 1))
  cmp -s "$out/whole.txt" "$out/killed.txt" || { echo "FAILED after $done kills: another end"; diff "$out/whole.txt" "$out/killed.txt" || true; exit 1; }
  keys "$out/killed/ledger" > "$out/killed.keys"
  cmp -s "$out/whole.keys" "$out/killed.keys" || { echo "FAILED after $done kills: other work was done"; diff "$out/whole.keys" "$out/killed.keys" || true; exit 1; }
  again=$((again + $(grep -c '^again' "$out/killed/ledger" || true)))
done
echo "$kills kills of $runs runs survived ($store): equal states and records, $(wc -l < "$out/whole.keys") calls each done once; $again were under way at a kill and asked again under their keys"
