#!/usr/bin/env bash
# The tasks of HumanEval in the code runner: every canonical solution passes, and broken ones fail (the body replaced by "return None" and by an exception, and in
# every eighth task by an endless loop). Needs python3 and ../shared/data/humaneval/HumanEval.jsonl beside the checkout, says "skipped" without. About a minute.
# Usage: tests/humaneval.sh [options of the server; by default --cpu 2]
set -euo pipefail
cd "$(dirname "$0")/.."
data=../shared/data/humaneval/HumanEval.jsonl
if [ ! -f "$data" ]; then echo "humaneval: skipped, there is no $data"; exit 0; fi
if ! command -v python3 > /dev/null; then echo "humaneval: skipped, there is no python3"; exit 0; fi
project=servers/CodeRunner
[ $# -gt 0 ] || set -- --cpu 2
[ -f $project/bin/Release/net10.0/AgentTeams.Servers.CodeRunner.dll ] || dotnet build -c Release $project
python3 - "$data" dotnet $project/bin/Release/net10.0/AgentTeams.Servers.CodeRunner.dll "$@" << 'PYTHON'
import collections, json, queue, subprocess, sys, threading, time

data, command = sys.argv[1], sys.argv[2:]
tasks = [json.loads(line) for line in open(data, encoding="utf-8")]
server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
waiting, lock, ids = {}, threading.Lock(), iter(range(1, 1 << 30))


def listen():
    for line in server.stdout:
        answer = json.loads(line)
        if "id" in answer and "method" not in answer:
            waiting.pop(answer["id"]).put(answer)


def send(method, params, asks=True):
    with lock:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if asks:
            message["id"] = next(ids)
            waiting[message["id"]] = answer = queue.Queue()
        server.stdin.write(json.dumps(message) + "\n")
        server.stdin.flush()
    return answer if asks else None


threading.Thread(target=listen, daemon=True).start()
send("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "humaneval", "version": "1"}}).get()
send("notifications/initialized", {}, asks=False)
probe = send("tools/call", {"name": "run_code", "arguments": {"language": "python", "code": "print(1)"}}).get()["result"]
if probe.get("isError"):
    print("humaneval: skipped. " + probe["content"][0]["text"])
    sys.exit(0)
kinds = {
    "canonical": None,
    "return None": "    return None\n",
    "exception": "    raise ValueError('broken')\n",
    "endless loop": "    while True:\n        pass\n",
}
wrong, runs, started = [], 0, time.monotonic()
for kind, body in kinds.items():
    # The solution of a task whose prompt defines helpers stands on them, and so does a broken one.
    begun = time.monotonic()
    chosen = tasks[::8] if kind == "endless loop" else tasks
    answers = [(task, send("tools/call", {"name": "run_tests", "arguments": {
        "language": "python", "code": task["prompt"] + (task["canonical_solution"] if body is None else body), "tests": task["test"], "entry_point": task["entry_point"]}})) for task in chosen]
    outcomes = collections.Counter()
    runs += len(chosen)
    for task, answer in answers:
        result = answer.get()["result"]
        outcome = result["structuredContent"]["outcome"] if "structuredContent" in result else "refused: " + result["content"][0]["text"]
        outcomes[outcome] += 1
        if (outcome == "passed") != (body is None):
            wrong.append((task["task_id"], kind, outcome, result["content"][0]["text"]))
    print(f"{kind:12}: {len(chosen)} tasks, " + ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common()) + f" ({time.monotonic() - begun:.1f} s)")
for task, kind, outcome, text in wrong:
    print(f"unexpected: {task}, {kind}: {outcome}: {text}")
server.stdin.close()
server.wait(10)
print(f"{runs} runs in {time.monotonic() - started:.0f} s, {len(wrong)} unexpected")
sys.exit(1 if wrong else 0)
PYTHON
