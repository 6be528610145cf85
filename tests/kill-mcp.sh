#!/usr/bin/env bash
# Kills an MCP server with SIGKILL at random moments under 50 concurrent callers, and then under a training whose tool it is: every call must end in a result or
# in a typed error, the toolset must connect again, the training must learn what an undisturbed one learns, and no process may be left. Usage: kill-mcp.sh [KILLS] [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."
kills=${1:-100}
seed=${2:-7}
program=tests/KillMcp/bin/Release/net10.0/AgentTeams.KillMcp.dll
[ -f "$program" ] || dotnet build -c Release tests/KillMcp
mark=kill-mcp-$$-$RANDOM
left() { grep -slzx "KILL_MCP_MARK=$mark" /proc/[0-9]*/environ 2> /dev/null | cut -d / -f 3 || true; }
trap 'for pid in $(left); do kill -9 "$pid" 2> /dev/null || true; done' EXIT

code=0
timeout $((120 + kills * 10)) dotnet "$program" "$kills" "$seed" "$mark" || code=$?
[ "$code" -ne 124 ] || echo "FAILED: it hung"
[ "$code" -eq 0 ] || exit 1
[ -z "$(left)" ] || { echo "FAILED: processes are left: $(left)"; exit 1; }
