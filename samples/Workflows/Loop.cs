namespace AgentTeams.Samples;

/// <summary>A writer and a critic go round until the critic accepts, or the rounds are used up.</summary>
internal static class Loop
{
    public static async Task RunAsync()
    {
        foreach (var options in (LoopOptions[])[new() { MaxRounds = 5 }, new() { MaxRounds = 2 }, new() { MaxRounds = 2, OnLimit = LoopLimit.Fail }])
        {
            try
            {
                var result = await Build(options).RunAsync(new Essay("rain"), Model());
                var verdict = result.State.IsAccepted ? "accepted" : "not accepted";
                Console.WriteLine($"at most {options.MaxRounds} rounds: '{result.State.Text}', {verdict} in round {result.Nodes[^1].Turn + 1}");
            }
            catch (WorkflowNodeException e)
            {
                Console.WriteLine($"at most {options.MaxRounds} rounds: {e.InnerException!.Message}");
            }
        }
    }

    private static Workflow<Essay> Build(LoopOptions options)
    {
        var wf = Workflow.CreateBuilder<Essay>("essay");
        var write = wf.AddRole(new() { Name = "writer" }, s => $"Write about {s.Topic}. {s.Critique}", (s, reply) => s with { Text = reply.Text });
        var judge = wf.AddRole(new() { Name = "critic" }, s => s.Text, (s, reply) => s with { IsAccepted = reply.Text == "good", Critique = reply.Text });
        wf.From(write).Then(judge);
        wf.Start(wf.AddLoop("until accepted", write, s => s.IsAccepted, options));
        return wf.Build();
    }

    private static TeamRuntime Model()
    {
        var drafts = new Queue<string>(["Rain.", "Rain falls.", "Rain falls on roofs."]);
        return ScriptedModel.Team((role, asked) => role == "writer" ? drafts.Dequeue() : asked.Split(' ').Length >= 4 ? "good" : "longer");
    }

    private sealed record Essay(string Topic, string Text = "", string Critique = "", bool IsAccepted = false);
}
