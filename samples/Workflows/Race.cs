namespace AgentTeams.Samples;

/// <summary>Joins that do not wait for everybody: the first of two models, and two of three voters. The others are cancelled and recorded as such.</summary>
internal static class Race
{
    public static async Task RunAsync()
    {
        // The slow ones would never end if nobody cancelled them.
        var runtime = ScriptedModel.Team(async (role, _, token) =>
        {
            if (role.StartsWith("slow", StringComparison.Ordinal)) await Task.Delay(Timeout.Infinite, token);
            return $"42, says {role}";
        });

        await RunAsync("any", Join.Any, runtime, "slow model", "quick model");
        await RunAsync("at least two", Join.AtLeast(2), runtime, "first voter", "slow voter", "third voter");
    }

    private static async Task RunAsync(string name, Join join, TeamRuntime runtime, params string[] roles)
    {
        var wf = Workflow.CreateBuilder<Answers>(name);
        wf.Start(wf.AddParallel("race", p =>
        {
            p.Join(join);
            foreach (var role in roles) p.Branch(wf.AddRole(new() { Name = role }, s => s.Question, (s, reply) => s with { All = s.All.Add(reply.Text) }));
        }));

        var result = await wf.Build().RunAsync(new Answers("6 * 7?"), runtime);

        Console.WriteLine($"{name}: {string.Join(" | ", result.State.All)}");
        foreach (var node in result.Nodes.Where(n => n.Error is not null)) Console.WriteLine($"  {node.Id}: {node.Error!.Type}");
    }

    private sealed record Answers(string Question)
    {
        public ImmutableArray<string> All { get; init; } = [];
    }
}
