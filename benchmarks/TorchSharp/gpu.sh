#!/usr/bin/env bash
# All checks of the TorchSharp engine on an NVIDIA GPU: parity with PyTorch's numbers and the CPU engine, then rates, beside
# those of PyTorch. The first argument is the package with the native libraries, the second a Python that has PyTorch.
set -euo pipefail
cd "$(dirname "$0")/../.."
package=${1:-TorchSharp-cuda-linux}
python=${2:-python3}

AGENTTEAMS_TORCH_DEVICE=Cuda dotnet test tests/Models.Torch.Tests -c Release -p:TorchPackage="$package"
dotnet build benchmarks/TorchSharp -c Release -p:TorchPackage="$package"
dotnet run -c Release --no-build --project benchmarks/TorchSharp -p:TorchPackage="$package" -- --device Cuda --sizes 0.5B 1.5B --rows 96 --length 512 --pytorch "$python"
dotnet run -c Release --no-build --project benchmarks/TorchSharp -p:TorchPackage="$package" -- --device Cuda --sizes 0.5B --full --rows 96 --length 512 --pytorch "$python"
