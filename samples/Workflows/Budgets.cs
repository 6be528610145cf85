namespace AgentTeams.Samples;

/// <summary>A run stops when its budget is used up, keeps what it did, and goes on with a greater one.</summary>
internal static class Budgets
{
    public static async Task RunAsync()
    {
        var wf = Workflow.CreateBuilder<Talk>("talk");
        var speak = wf.AddRole(new() { Name = "speaker" }, s => "say something", (s, reply) => s with { Said = s.Said.Add(reply.Text) });
        wf.Start(wf.AddLoop("talk", speak, s => s.Said.Length == 6));
        var workflow = wf.Build();

        var asked = 0;
        var runtime = ScriptedModel.Team((_, _) => $"sentence number {++asked}");
        var options = new WorkflowRunOptions { Checkpoints = new InMemoryCheckpointStore(), RunId = "talk" };
        RunBudget[] budgets =
        [
            new() { MaxModelCalls = 2 },
            new() { MaxTokens = 20 },
            new() { MaxCost = 0.02m, Prices = _ => new TokenPrice(Input: 500, Output: 1000) },
            new() { MaxDuration = TimeSpan.FromMinutes(5) },
        ];
        foreach (var budget in budgets)
        {
            try
            {
                var result = await workflow.RunAsync(new Talk(), runtime, options with { Budget = budget });
                Console.WriteLine($"{result.State.Said.Length} sentences, {asked} calls in all");
            }
            catch (WorkflowBudgetException e)
            {
                Console.WriteLine($"{e.Limit} after {asked} calls: {e.Message}");
            }
        }
    }

    private sealed record Talk
    {
        public ImmutableArray<string> Said { get; init; } = [];
    }
}
