#!/usr/bin/env bash
# Kills a process that appends trajectories and rewards, or changes of a shared context, with SIGKILL at random moments; whatever was acknowledged must be in the store when it is opened
# again, whole and once. Usage: kill-stores.sh [KILLS] [SEED]; each of the three stores is killed that often.
set -euo pipefail
cd "$(dirname "$0")/.."
kills=${1:-100}
RANDOM=${2:-7}
program=tests/KillStores/bin/Release/net10.0/AgentTeams.KillStores.dll
[ -f "$program" ] || dotnet build -c Release tests/KillStores
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for store in jsonl sqlite context; do
  total=0
  for ((done = 1; done <= kills; done++)); do
    dotnet "$program" "$out/$store" "$store" > "$out/told" 2> "$out/failed" &
    pid=$!
    # The clock runs from where writing has begun, which the first line tells, and the ledger: a busy machine takes its time.
    for _ in $(seq 1500); do [ -s "$out/told" ] && [ -s "$out/$store/ledger" ] || [ -s "$out/failed" ] && break; sleep 0.02; done
    sleep "0.$(printf '%03d' $((RANDOM % 400)))"
    kill -9 "$pid" 2> /dev/null || { echo "FAILED after $done kills of $store:"; cat "$out/failed"; exit 1; }
    wait "$pid" 2> /dev/null || true
    # Now and then anew, so that checking stays quick.
    if [ $((done % 10)) -eq 0 ] || [ "$done" -eq "$kills" ]; then
      dotnet "$program" "$out/$store" "$store" check > "$out/told" 2> "$out/failed" || { echo "FAILED after $done kills of $store:"; cat "$out/failed"; exit 1; }
      total=$((total + $(cut -d ' ' -f 1 "$out/told")))
      rm -rf "${out:?}/$store"
    fi
  done
  [ "$total" -gt 0 ] || { echo "FAILED: nothing was acknowledged by $store before it was killed"; exit 1; }
  echo "$store: $kills kills survived, $total writes were acknowledged, none is lost"
done
