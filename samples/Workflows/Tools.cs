namespace AgentTeams.Samples;

/// <summary>A tool as a node. Each try of a call has the same key, so what is tried again is not paid twice; progress is told on the way.</summary>
internal static class Tools
{
    private static readonly Dictionary<string, string> Paid = [];

    public static async Task RunAsync()
    {
        var pay = AIFunctionFactory.Create((string to, int amount, AIFunctionArguments arguments) =>
        {
            var call = ToolCallContext.Of(arguments)!;
            call.Report($"connected, key {call.IdempotencyKey[..8]}...", 0.5);
            if (Paid.TryGetValue(call.IdempotencyKey, out var receipt)) return receipt;
            Paid[call.IdempotencyKey] = $"receipt {Paid.Count + 1} for {amount} to {to}";
            throw new IOException("the line went dead after the payment");
        }, "pay");

        var wf = Workflow.CreateBuilder<Bill>("bill");
        var first = wf.AddTool(pay, s => new { to = s.To, amount = s.Amount }, (s, result) => s with { Receipt = result.Text },
            new() { MaxCallRetries = 2, RetryDelay = TimeSpan.Zero });
        wf.Start(first);
        var workflow = wf.Build();

        await foreach (var e in workflow.StreamAsync(new Bill("the baker", 12), ScriptedModel.Team((_, _) => "")))
        {
            if (e is ToolProgress progress) Console.WriteLine($"{progress.CallId}: {progress.Message} {progress.Fraction:P0}");
            if (e is NodeRetrying again) Console.WriteLine($"again: {again.Error.Message}");
            if (e is WorkflowCompleted<Bill> done) Console.WriteLine(done.State.Receipt);
        }

        Console.WriteLine($"payments: {Paid.Count}");

        // The arguments are compared with the tool's schema before anything runs.
        var wrong = Workflow.CreateBuilder<Bill>("wrong");
        wrong.Start(wrong.AddTool(pay, s => new { to = s.To, sum = s.Amount }, (s, _) => s));
        try
        {
            wrong.Build();
        }
        catch (WorkflowDefinitionException e)
        {
            foreach (var problem in e.Problems) Console.WriteLine(problem);
        }
    }

    private sealed record Bill(string To, int Amount, string Receipt = "");
}
