#!/usr/bin/env bash
# Random workflows in random interleavings, each against a naive interpreter of the guide: simulate-workflows.sh [GRAPHS] [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."
export SIMULATION_GRAPHS=${1:-10000} SIMULATION_SEED=${2:-1} SIMULATION_SUMMARY
SIMULATION_SUMMARY=$(mktemp)
trap 'rm -f "$SIMULATION_SUMMARY"' EXIT
dotnet test tests/Workflows.Tests -c Release --filter "FullyQualifiedName~SimulationTests"
cat "$SIMULATION_SUMMARY"
