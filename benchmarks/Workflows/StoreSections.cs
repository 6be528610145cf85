using System.Diagnostics;
using System.Globalization;
using AgentTeams.Storage;

namespace AgentTeams.Benchmarks.Workflows;

/// <summary>What a store of a million trajectories costs to fill, to open and to ask.</summary>
internal static class StoreSections
{
    private const int Trajectories = 1_000_000;
    private const int Batch = 500;
    private static readonly string[] Roles = ["planner", "coder", "verifier"];

    public static async Task StoreAsync()
    {
        var folder = Directory.CreateTempSubdirectory("store").FullName;
        var path = Path.Combine(folder, "runs.db");
        try
        {
            using (var store = new SqliteTrajectoryStore(path))
            {
                var watch = Stopwatch.StartNew();
                for (var first = 0; first < Trajectories; first += Batch) await store.AppendAsync([.. Enumerable.Range(first, Batch).Select(Run)]);
                Print("append, microseconds each", 1e6 * watch.Elapsed.TotalSeconds / Trajectories);
            }

            Print("megabytes", new FileInfo(path).Length / 1e6);
            for (var round = 0; round < 3; round++)
            {
                var watch = Stopwatch.StartNew();
                using var store = new SqliteTrajectoryStore(path);
                Print("open, ms", watch.Elapsed.TotalMilliseconds);
                await AskAsync(store, "step and role: all 128 of a step", new() { FromStep = 1000 + round, ToStep = 1000 + round, Role = "coder" });
                await AskAsync(store, "step, role, reward", new() { FromStep = 3000, ToStep = 3010, Role = "verifier", MinReward = 2.9 });
                await AskAsync(store, "task", new() { TaskId = $"task-{700 + round}", Limit = 20 });
                watch.Restart();
                await store.CountAsync(new() { FromStep = 2000, ToStep = 2010, Role = "planner" });
                Print("count by step and role, ms", watch.Elapsed.TotalMilliseconds);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task AskAsync(SqliteTrajectoryStore store, string name, TrajectoryQuery query)
    {
        var (watch, found) = (Stopwatch.StartNew(), 0);
        await foreach (var _ in store.QueryAsync(query)) found++;
        Print($"{name} ({found} found), ms", watch.Elapsed.TotalMilliseconds);
    }

    private static void Print(string name, double value) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"store {name,-45} {value,10:0.0}"));

    private static Trajectory Run(int number) => new()
    {
        Id = $"{number:x32}", WorkflowName = "bench", TaskId = $"task-{number % 3000}", GroupId = "g", Status = TrajectoryStatus.Completed, Outcome = $"{number % 100}",
        Key = new(1, "rl", Step: number / 128), Rewards = [Reward.ForTrajectory("outcome", number % 7 / 2.0)],
        Nodes = [.. Roles.Select(r => new TrajectoryNode { Id = r, Kind = NodeKind.Role, Name = r, Role = r, Output = [new ChatMessage(ChatRole.Assistant, $"reply {number}")] })],
    };
}
