namespace AgentTeams.Samples;

/// <summary>Retries, timeouts and error routes, with the workflow's defaults and what single nodes say instead.</summary>
internal static class ErrorRoute
{
    public static async Task RunAsync()
    {
        var defaults = new NodeDefaults { MaxCallRetries = 2, RetryDelay = TimeSpan.FromMilliseconds(1), Timeout = TimeSpan.FromSeconds(10) };
        var wf = Workflow.CreateBuilder<Report>("report", defaults);
        var tries = 0;
        var load = wf.AddFunction("load", (_, _) => ++tries < 3 ? throw new IOException("busy") : new ValueTask<int>(7), (s, rows) => s with { Rows = rows });
        var apologise = wf.AddFunction("apologise", s => s with { Text = $"no text: {s.Problem}" });
        var write = wf.AddRole(new() { Name = "writer" }, s => $"{s.Rows} rows", (s, reply) => s with { Text = reply.Text }, options: new()
        {
            Timeout = TimeSpan.FromMilliseconds(50),
            MaxCallRetries = 1,
            OnError = new(apologise, (s, error) => s with { Problem = error.Message }),
        });
        wf.Start(load).Then(write);
        wf.From(apologise);

        // This model never answers.
        var runtime = ScriptedModel.Team(async (_, _, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return "";
        });
        var result = await wf.Build().RunAsync(new Report(), runtime);

        Console.WriteLine(result.State.Text);
        foreach (var node in result.Nodes)
        {
            var tried = string.Join(", ", node.Tries.Select(t => t.Error.Type));
            Console.WriteLine($"{node.Id}: {node.Error?.Type ?? "ok"} after failed tries ({tried}), on to {node.Branch ?? "the next node"}");
        }
    }

    private sealed record Report(int Rows = 0, string Text = "", string Problem = "");
}
