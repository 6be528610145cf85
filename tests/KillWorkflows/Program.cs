using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AgentTeams;
using AgentTeams.KillWorkflows;
using AgentTeams.Storage;

// Runs the workflow in a folder, or goes on with it, until it has ended; tests/kill-workflows.sh kills it on the way.
var (folder, store) = (args[0], args[1]);
Directory.CreateDirectory(folder);
using var callee = new Callee(Path.Combine(folder, "ledger"), delay: 4);
using var sqlite = store == "sqlite" ? new SqliteCheckpointStore(Path.Combine(folder, "runs.db")) : null;
ICheckpointStore checkpoints = sqlite ?? (ICheckpointStore)new FileCheckpointStore(folder);
var workflow = KilledTeam.Build(callee);
var options = new WorkflowRunOptions { Checkpoints = checkpoints, RunId = "run" };
var result = await workflow.RunAsync(new("a b c d e f"), TeamRuntime.ForAll(callee), options);
while (!result.IsCompleted)
{
    foreach (var request in result.Requests) await workflow.AnswerAsync(checkpoints, "run", request.Id, $"yes to {request.Read<string>()}");
    result = await workflow.ResumeAsync(TeamRuntime.ForAll(callee), options);
}

var untimed = result.Nodes.Select(n => JsonSerializer.Serialize(n with { Start = default, Duration = default }, TrajectoryJson.Options));
Console.WriteLine($"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', untimed))))} {JsonSerializer.Serialize(result.State)}");
