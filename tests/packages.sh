#!/usr/bin/env bash
# Packs the libraries and templates, installs them from a local folder into an empty directory outside the checkout, and builds, runs and
# tests what they make: README's program, a team that is trained, killed and resumed, and a tool server. Needs a Release build of AgentTeams.sln; about a minute and a half.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

dotnet pack AgentTeams.sln -c Release --no-build -o "$work/feed" > "$work/pack.log" || { cat "$work/pack.log"; exit 1; }
echo "packed $(ls "$work/feed"/*.nupkg | wc -l) packages and $(ls "$work/feed"/*.snupkg | wc -l) of symbols"

# Packages of this version may lie in the user's cache from another commit, so ours is empty; what others made is taken from there.
cached=${NUGET_PACKAGES:-$HOME/.nuget/packages}
export NUGET_PACKAGES=$work/packages DOTNET_CLI_HOME=$work/home
mkdir -p "$work/outside" "$DOTNET_CLI_HOME"
cd "$work/outside"
# The user's own sources serve everything else.
if [ -f "$HOME/.nuget/NuGet/NuGet.Config" ]; then
  mkdir -p "$DOTNET_CLI_HOME/.nuget/NuGet"
  cp "$HOME/.nuget/NuGet/NuGet.Config" "$DOTNET_CLI_HOME/.nuget/NuGet/"
fi
{
  echo '<configuration>'
  echo "  <packageSources><add key=\"local\" value=\"$work/feed\" /></packageSources>"
  echo "  <fallbackPackageFolders><add key=\"cache\" value=\"$cached\" /></fallbackPackageFolders>"
  echo '</configuration>'
} > nuget.config
mkdir -p "$cached"

dotnet new install "$work/feed"/AgentTeams.Templates.*.nupkg > /dev/null
dotnet new agentteams -o Shop > /dev/null
dotnet build Shop -c Release -warnaserror 2>&1 | tail -n 3
dotnet run -c Release --no-build --project Shop/Shop -- "5 cups and 3 more" | tail -n 2
dotnet test Shop -c Release --no-build | tail -n 1

dotnet new agentteams-mcp -o Tools > /dev/null
dotnet run -c Release --project Tools -- --check

# README's program, with one reference.
dotnet new console -o First > /dev/null
version=$(ls "$work/feed" | sed -n 's/^AgentTeams\.\([0-9].*\)\.nupkg$/\1/p')
dotnet add First package AgentTeams --version "$version" > /dev/null
awk '/^```csharp$/ { n++; on = (n == 1); next } /^```$/ { on = 0 } on' "$root/README.md" > First/Program.cs
dotnet run -c Release --project First | tail -n 1

# A page that trains a team of its own: killed on the way and started again, it ends as a run that was not disturbed.
cp "$root/samples/FirstTraining/Program.cs" First/Program.cs
dotnet build First -c Release > build.log || { cat build.log; exit 1; }
first() { dotnet First/bin/Release/net10.0/First.dll "$1" | tail -n 1; }
first whole > whole.txt
dotnet First/bin/Release/net10.0/First.dll killed > /dev/null &
pid=$!
sleep 8
kill -9 "$pid" 2> /dev/null || true
wait "$pid" 2> /dev/null || true
first killed > killed.txt
cmp whole.txt killed.txt
[ -s killed/report.html ]
echo "killed and resumed: $(cat killed.txt)"

# The tool reads what the program left.
dotnet tool install AgentTeams.Tool --tool-path tools --version "$version" > tool.log || { cat tool.log; exit 1; }
echo "agentteams: $(tools/agentteams trajectories query killed --stage after --count) runs after training, $(tools/agentteams verify killed)"
