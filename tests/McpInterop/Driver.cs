using System.Text.Json;
using AgentTeams.Mcp;
using AgentTeams.Testing;
using AgentTeams.Workflows;

namespace AgentTeams.McpInterop;

/// <summary>Makes each call as the only node of a run.</summary>
internal static class Driver
{
    // A server may register tools only after it was told that the client is ready, and then says that its list changed.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public static async Task<IReadOnlyList<Row>> DriveAsync(Driven driven)
    {
        var progress = new List<McpProgress>();
        await using var server = await McpToolset.ConnectStdioAsync(driven.Options with { Progress = new Listener(progress) });
        await WaitForToolsAsync(server, driven.Calls);
        List<Row> rows = [];
        foreach (var call in driven.Calls) rows.Add(await MakeAsync(server, call));
        rows.AddRange(await ReadAsync(server));
        rows.AddRange(server.SkippedTools.Select(s => new Row(server.Name, s.Name, "not offered to roles", s.Reason, driven.Skipped.Contains(s.Name))));
        var missed = server.Tools.Select(t => t.Name).Except(driven.Calls.Select(c => c.Tool));
        rows.AddRange(missed.Select(m => new Row(server.Name, m, "not called", "", false)));
        rows.Add(new(server.Name, "(all)", $"{server.Tools.Count} tools over {server.Info.ProtocolVersion}; {progress.Count} reports of progress", $"not declared: {string.Join(", ", server.Info.UndeclaredCapabilities)}", true));
        return rows;
    }

    private static async Task WaitForToolsAsync(McpToolset server, IReadOnlyList<Call> calls)
    {
        using var limit = new CancellationTokenSource(s_patience);
        while (!calls.All(c => server.Tools.Any(t => t.Name == c.Tool)) && !limit.IsCancellationRequested) await Task.Delay(20, CancellationToken.None);
    }

    private static async Task<Row> MakeAsync(McpToolset server, Call call)
    {
        if (server.Tools.FirstOrDefault(t => t.Name == call.Tool) is not { } tool) return new(server.Name, call.Tool, "the server does not list it", "", false);
        var wf = Workflow.CreateBuilder<Answered>("interop");
        wf.Start(wf.AddTool(tool, _ => call.Arguments, (s, r) => s with { Result = r }, new() { ToolFailureAsResult = true }));
        var model = new ScriptedChatClient("a scripted reply");
        var result = await wf.Build().RunAsync(new(), TeamRuntime.ForAll(model), new() { Responder = (request, _) => new(AnswerTo(request)) });
        var (read, node) = (result.State.Result!, result.Nodes[0]);
        var inner = result.Nodes.Length > 1 ? $" and {string.Join(", ", result.Nodes.Skip(1).Select(n => $"{n.Kind}"))}" : "";
        var asExpected = read.IsError == call.IsError && node.Server == server.Name && ToolResult.From(node.Result).Contents.Count >= read.Contents.Count(c => c is not Microsoft.Extensions.AI.TextContent);
        return new(server.Name, call.Tool, Described(read), $"{node.Kind} of {node.Server}, {(node.Error is { } e ? $"error {e.Type}" : $"result {node.Result?.ValueKind}")}{inner}", asExpected);
    }

    private static async Task<IReadOnlyList<Row>> ReadAsync(McpToolset server)
    {
        List<Row> rows = [];
        var resources = await server.ListResourcesAsync();
        if (resources.FirstOrDefault(r => !r.IsTemplate) is { } resource)
        {
            var read = await server.ReadResourceAsync(resource.Uri);
            rows.Add(new(server.Name, "resource", $"{resources.Count(r => !r.IsTemplate)} and {resources.Count(r => r.IsTemplate)} templates; {resource.Uri}: {read.Text}", "", read.Contents.Count > 0));
        }

        foreach (var prompt in await server.ListPromptsAsync())
        {
            var messages = await server.GetPromptAsync(prompt.Name, prompt.Arguments.ToDictionary(a => a.Name, a => a.Name.Contains("Id", StringComparison.Ordinal) ? "1" : a.Name.Contains("Type", StringComparison.Ordinal) ? "Text" : "x"));
            rows.Add(new(server.Name, $"prompt {prompt.Name}", $"{messages.Count} messages: {messages[0].Text}", "", messages.Count > 0));
        }

        return rows;
    }

    private static string Described(ToolResult result) =>
        $"{(result.IsError ? "error: " : "")}{(result.Contents.Count == 0 ? "" : $"[{string.Join(", ", result.Contents.Select(c => c.GetType().Name.Replace("Content", "", StringComparison.Ordinal)))}] ")}{(result.Json is null ? "" : "structured ")}{result.Text}";

    /// <summary>What a form asks for, filled in with the first thing that it allows.</summary>
    private static object? AnswerTo(HumanRequest request)
    {
        if (!request.AnswerSchema.TryGetProperty("properties", out var properties)) return true;
        var required = request.AnswerSchema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(n => n.GetString()!).ToHashSet() : [];
        return JsonSerializer.SerializeToElement(properties.EnumerateObject().Where(p => required.Contains(p.Name)).ToDictionary(p => p.Name, p => p.Value.GetProperty("type").GetString() switch
        {
            "boolean" => (object)true,
            "integer" or "number" => 1,
            _ => "text",
        }));
    }

    private sealed class Listener(List<McpProgress> heard) : IProgress<McpProgress>
    {
        public void Report(McpProgress value)
        {
            lock (heard) heard.Add(value);
        }
    }

    private sealed record Answered(ToolResult? Result = null);
}
