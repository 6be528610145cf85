using AgentTeams.Storage;

namespace AgentTeams.Samples;

/// <summary>What one run found out, the next is told.</summary>
internal static class RememberingTeam
{
    public static async Task RunAsync()
    {
        var memory = new TeamMemory(new() { Store = new InMemoryMemoryStore() });
        var team = TeamPatterns.Sequential("team", [Cast.Role("surveyor")]);
        var runtime = Cast.Play((_, asked) => asked.Contains("40 m", StringComparison.Ordinal) ? "Three spans." : "REMEMBER bridge.length: 40 m");

        for (var i = 1; i <= 2; i++)
        {
            var run = await team.Definition.RecordAsync(new("Plan the bridge."), runtime, new() { Middleware = [memory.ToMiddleware()], Seed = new SeedKey(1, Task: "bridge", Sample: i) }, new() { Outcome = s => s.Answer });
            await memory.LearnAsync(run.Trajectory);
            await memory.AddEpisodeAsync(run.Trajectory, "Measure first.", reward: 1);
            var told = run.Trajectory.Nodes.SelectMany(n => n.Input).Where(m => m.Role == ChatRole.System).SelectMany(m => m.Text.Split('\n').Skip(1));
            foreach (var line in told) Console.WriteLine($"run {i} was told: {Cast.Short(line)}");
            Console.WriteLine($"run {i} read version {run.Trajectory.Properties!["memory"]} and said: {Cast.Short(run.State!.Answer)}");
        }
    }
}
