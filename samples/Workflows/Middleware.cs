using System.Collections.Concurrent;

namespace AgentTeams.Samples;

/// <summary>What is around all calls of a run: redaction of what models see, a cache of identical calls, and a list of tools that are allowed.</summary>
internal static class Middleware
{
    public static async Task RunAsync()
    {
        var redact = WorkflowMiddleware.OnModelCall((call, next, token) =>
            next(call with { Messages = [.. call.Messages.Select(m => new ChatMessage(m.Role, m.Text.Replace("4711", "[number]")))] }, token));

        var answers = new ConcurrentDictionary<string, ChatResponse>();
        var cache = WorkflowMiddleware.OnModelCall(async (call, next, token) =>
        {
            var key = $"{call.Role.Name}\n{string.Join('\n', call.Messages.Select(m => $"{m.Role}: {m.Text}"))}";
            if (answers.TryGetValue(key, out var known)) return known;
            return answers[key] = await next(call, token);
        });

        var allow = WorkflowMiddleware.OnToolCall((call, next, token) =>
            call.Tool.Name == "read" ? next(call, token) : throw new UnauthorizedAccessException($"'{call.Tool.Name}' is not allowed here"));

        var wf = Workflow.CreateBuilder<Case>("case");
        NodeHandle Ask(string name) => wf.AddRole(new() { Name = "clerk" }, s => s.Text, (s, reply) => s.Note(reply.Text), options: new() { Name = name });
        NodeHandle Call(string name) => wf.AddTool(AIFunctionFactory.Create(() => $"{name}: done", name), _ => new { }, (s, result) => s.Note(result.Text),
            new() { ToolFailureAsResult = true });
        wf.Start(Ask("first")).Then(Ask("second")).Then(Call("read")).Then(Call("delete"));

        var asked = 0;
        var runtime = ScriptedModel.Team((_, text) => $"{++asked}: heard '{text}'");
        var result = await wf.Build().RunAsync(new Case("card 4711"), runtime, new() { Middleware = [redact, cache, allow] });

        foreach (var line in result.State.Log) Console.WriteLine(line);
        Console.WriteLine($"the model was asked {asked} time; the record has '{result.Nodes[1].Input[^1].Text}'");
    }

    private sealed record Case(string Text)
    {
        public ImmutableArray<string> Log { get; init; } = [];

        public Case Note(string line) => this with { Log = Log.Add(line) };
    }
}
