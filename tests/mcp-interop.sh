#!/usr/bin/env bash
# Servers and clients that were not written here: our client against three servers of the npm registry, and the client of the official TypeScript SDK
# against the team server.
# Usage: tests/mcp-interop.sh [folder to install them into]
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

if ! command -v node > /dev/null || ! command -v npm > /dev/null; then
  echo "mcp-interop: skipped, node and npm are not here"
  exit 0
fi

folder=${1:-}
if [ -z "$folder" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi
mkdir -p "$folder"
packages=(@modelcontextprotocol/server-everything@2026.8.31 @modelcontextprotocol/server-filesystem@2026.8.31 @modelcontextprotocol/server-memory@2026.8.31 @modelcontextprotocol/sdk@1.32.2)
if [ ! -d "$folder/node_modules/@modelcontextprotocol/server-memory" ]; then
  if ! npm install --prefix "$folder" --no-audit --no-fund --silent "${packages[@]}" > "$folder/npm.log" 2>&1; then
    echo "mcp-interop: skipped, the servers could not be installed: $(tail -n 1 "$folder/npm.log")"
    exit 0
  fi
fi

# Our client, their servers.
[ -f tests/McpInterop/bin/Release/net10.0/AgentTeams.McpInterop.dll ] || dotnet build tests/McpInterop -c Release
dotnet tests/McpInterop/bin/Release/net10.0/AgentTeams.McpInterop.dll "$folder"

# Their client, our server.
server=samples/TeamServer/bin/Release/net10.0/AgentTeams.Samples.TeamServer.dll
[ -f "$server" ] || dotnet build samples/TeamServer -c Release
node tests/McpInterop/team-client.mjs "$folder" stdio "$server"
TEAM_SERVER_KEY=interop-key dotnet "$server" --http --port 0 > "$folder/server.log" 2>&1 & http=$!
trap 'kill $http 2> /dev/null || true; [ -n "${1:-}" ] || rm -rf "$folder"' EXIT
for _ in $(seq 100); do grep -q http "$folder/server.log" && break; sleep 0.1; done
node tests/McpInterop/team-client.mjs "$folder" http "$(grep -oE 'http[^ ]+' "$folder/server.log" | head -n 1)" interop-key
