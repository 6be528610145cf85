using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Tests;

/// <summary>The code of docs/production.md, as it stands there.</summary>
internal static class ProductionSnippets
{
    public static async Task RecordAsync(IChatClient model, Workflow<Ticket> workflow, TeamRuntime runtime, string requestId, StoredTicket ticket, ILoggerFactory loggerFactory)
    {
        using var store = new SqliteTrajectoryStore("production.db");
        await using var recorder = new ProductionRecorder(store, new() { SamplingRate = 0.1, LoggerFactory = loggerFactory });

        // An application without our workflows: wrap its chat client. Each call is a trajectory of one node.
        IChatClient client = model.RecordTo(recorder, role: "support", task: "answer a ticket");
        ChatResponse response = await client.GetResponseAsync("Where is my parcel?");

        // An application with them: record the run. The seed's task makes its id.
        var run = await workflow.RecordAsync(new Ticket("Where is my parcel?"), runtime, new() { Seed = new SeedKey(1, "production", Task: requestId) });
        recorder.Record(run.Trajectory);

        // In the application, at once: it comes behind the trajectory, whether that is written yet or not.
        recorder.AddRewards(response.GetTrajectoryId()!, Reward.ForTrajectory("thumb", 1) with { Source = "user" });

        // Elsewhere, later: a trajectory that is not stored is refused.
        await store.AddRewardsAsync(ticket.TrajectoryId, [Reward.ForTrajectory("resolved", 1)]);
    }

    public static RecorderOptions Options()
    {
        var options = new RecorderOptions { Redactors = [.. Redactors.Default, new RegexRedactor(new Regex(@"\bCUST-\d{6}\b", RegexOptions.None, TimeSpan.FromSeconds(1)), "[customer]")] };
        return options;
    }

    public static async Task<ImportCount> ImportAsync(ITrajectoryStore store)
    {
        var imports = new ImportOptions { OnDamaged = line => Console.WriteLine($"line {line.Line}: {line.Reason}") };
        await store.ImportAsync(TraceImport.ReadChatLogAsync("chats.jsonl", imports));
        await store.ImportAsync(TraceImport.ReadOpenTelemetryAsync("otlp.jsonl", imports));
        var count = await store.ImportAsync(TraceImport.ReadTrajectoriesAsync("other/trajectories.jsonl", imports));
        return count;
    }

    public static async Task<ITrainingStage> LearnAsync(SqliteTrajectoryStore store, TeamModels models)
    {
        List<Trajectory> good = await store.QueryAsync(new() { Role = "support", Status = TrajectoryStatus.Completed, MinReward = 1 }).ToListAsync();
        var imitate = Stage.Supervise("distil", SftExample.From(good, "support"));

        var learning = RlOptions.Grpo with { GroupKey = GroupKey.Role, Credit = new JointCredit() };
        List<Trajectory> judged = await store.QueryAsync(new() { Role = "support" }).ToListAsync();
        foreach (var (policy, rows) in await RlRows.FromAsync(models, judged, learning))
        {
            await models.GetModel(policy).AccumulateAsync(policy, rows, learning.Loss);
            await models.GetModel(policy).ApplyAsync(policy, learning.Optimizer);
        }

        return imitate;
    }

    internal sealed record Ticket(string Question, string Answer = "");

    internal sealed record StoredTicket(string TrajectoryId);
}
