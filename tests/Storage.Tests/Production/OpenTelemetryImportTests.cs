using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class OpenTelemetryImportTests : IDisposable
{
    private const string Trace = "5b8efff798038103d269b633813fc60c";

    private readonly string _folder = Directory.CreateTempSubdirectory("otel").FullName;
    private readonly List<DamagedLine> _damaged = [];

    private static string Request { get; } = Span("aa01", null, "POST /ask", 0, 100);

    private static string Agent { get; } = Span("aa02", "aa01", "invoke_agent guide", 1, 99, ("gen_ai.operation.name", "invoke_agent"), ("gen_ai.agent.name", "guide"),
        ("gen_ai.conversation.id", "conv-1"), ("gen_ai.output.messages", """[{"role":"assistant","parts":[{"type":"text","content":"Sun."}]}]"""));

    private static string FirstCall { get; } = Span("aa03", "aa02", "chat gpt-x", 2, 10, ("gen_ai.operation.name", "chat"), ("gen_ai.request.model", "org/gpt-x"),
        ("gen_ai.usage.input_tokens", 20), ("gen_ai.usage.output_tokens", 5), ("gen_ai.system_instructions", """[{"type":"text","content":"Be brief."}]"""),
        ("gen_ai.input.messages", """[{"role":"user","parts":[{"type":"text","content":"Weather in Ulm?"}]}]"""),
        ("gen_ai.output.messages", """[{"role":"assistant","parts":[{"type":"reasoning","content":"ask"},{"type":"tool_call","id":"c1","name":"weather","arguments":{"city":"Ulm"}}],"finish_reason":"tool_calls"}]"""));

    private static string Tool { get; } = Span("aa04", "aa02", "execute_tool weather", 11, 20, ("gen_ai.operation.name", "execute_tool"), ("gen_ai.tool.name", "weather"),
        ("gen_ai.tool.call.id", "c1"), ("gen_ai.tool.call.arguments", """{"city":"Ulm"}"""), ("gen_ai.tool.call.result", "sun"));

    private static string SecondCall { get; } = Span("aa05", "aa02", "chat gpt-x", 21, 30, ("gen_ai.operation.name", "chat"), ("gen_ai.response.model", "gpt-x-1"),
        ("gen_ai.usage.input_tokens", 30), ("gen_ai.usage.output_tokens", 2),
        ("gen_ai.input.messages", """[{"role":"user","parts":[{"type":"text","content":"Weather in Ulm?"}]},{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"sun"}]}]"""),
        ("gen_ai.output.messages", """[{"role":"assistant","parts":[{"type":"text","content":"Sun."}]}]"""));

    [Fact]
    public async Task ReadOpenTelemetryAsync_SpansOfManyExports_AreOneTrajectory()
    {
        // Spans are exported as they end, so outer ones come last.
        var path = Write(Export(SecondCall), Export(FirstCall, Tool), Export(Agent, Request), """{"resourceMetrics":[]}""");

        var run = await TraceImport.ReadOpenTelemetryAsync(path, Options).SingleAsync();

        Assert.Empty(_damaged);
        Assert.Equal((Trace, TrajectoryStatus.Completed, "Sun."), (run.Id, run.Status, run.Outcome));
        Assert.Equal(["guide", "weather", "guide#2"], run.Nodes.Select(n => n.Id));
        Assert.Equal([NodeKind.Role, NodeKind.Tool, NodeKind.Role], run.Nodes.Select(n => n.Kind));
        Assert.Equal([[], ["guide"], ["weather"]], run.Nodes.Select(n => n.Parents.ToArray()));
        Assert.Equal(["system: Be brief.", "user: Weather in Ulm?"], run.Nodes[0].Input.Select(m => $"{m.Role}: {m.Text}"));
        Assert.Equal("weather", Assert.Single(run.Nodes[0].Output[0].Contents.OfType<FunctionCallContent>()).Name);
        Assert.Equal(("Ulm", "sun"), (run.Nodes[1].Arguments!.Value.GetProperty("city").GetString(), run.Nodes[1].Result!.Value.GetString()));
        Assert.Equal(("org-gpt-x", "gpt-x-1"), (run.Nodes[0].Policy!.Model, run.Nodes[2].Policy!.Model));
        Assert.Equal(new TokenUsage(50, 7), run.Usage);
        Assert.Equal("conv-1", run.Properties!["gen_ai.conversation.id"]);
        Assert.Equal((DateTimeOffset.UnixEpoch.AddSeconds(2), TimeSpan.FromSeconds(8)), (run.Nodes[0].Start, run.Nodes[0].Duration));
    }

    [Fact]
    public async Task ReadOpenTelemetryAsync_OneDocumentOverManyLines_IsRead()
    {
        var path = Write(JsonNode.Parse(Export(FirstCall, Tool, SecondCall))!.ToJsonString(new() { WriteIndented = true }));

        var run = await TraceImport.ReadOpenTelemetryAsync(path, Options with { Role = "helper" }).SingleAsync();

        Assert.Empty(_damaged);
        Assert.Equal(["helper", "weather", "helper#2"], run.Nodes.Select(n => n.Id));
    }

    [Fact]
    public async Task ReadOpenTelemetryAsync_EventsOfOlderConventions_AreMessages()
    {
        var events = """
            ,"events":[{"name":"gen_ai.system.message","attributes":[{"key":"content","value":{"stringValue":"Be brief."}}]},
            {"name":"gen_ai.user.message","attributes":[{"key":"content","value":{"stringValue":"6 and 2?"}}]},
            {"name":"gen_ai.choice","attributes":[{"key":"index","value":{"intValue":"0"}},{"key":"message","value":{"stringValue":"{\"content\":\"8\"}"}}]}]}
            """.ReplaceLineEndings("");
        var call = Span("bb01", null, "chat m", 0, 1, ("gen_ai.operation.name", "chat"), ("gen_ai.usage.prompt_tokens", 9))[..^1] + events;

        var run = await TraceImport.ReadOpenTelemetryAsync(Write(Export(call)), Options).SingleAsync();

        Assert.Equal(["Be brief.", "6 and 2?"], run.Nodes[0].Input.Select(m => m.Text));
        Assert.Equal(("8", 9), (run.Outcome, run.Usage.InputTokens));
    }

    [Fact]
    public async Task ReadOpenTelemetryAsync_BranchesSideBySide_JoinWhereBothHadEnded()
    {
        string Call(string id, int start, int end, string agent) => Span(id, null, "chat", start, end, ("gen_ai.operation.name", "chat"), ("gen_ai.agent.name", agent));
        var path = Write(Export(Call("a", 0, 1, "plan"), Call("b", 2, 6, "left"), Call("c", 3, 5, "right"), Call("d", 7, 8, "join")));

        var run = await TraceImport.ReadOpenTelemetryAsync(path, Options).SingleAsync();

        Assert.Equal([[], ["plan"], ["plan"], ["left", "right"]], run.Nodes.Select(n => n.Parents.ToArray()));
    }

    [Fact]
    public async Task ReadOpenTelemetryAsync_FailedCall_IsAFailedTrajectory()
    {
        var call = Span("aa", null, "chat", 0, 1, ("gen_ai.operation.name", "chat"), ("error.type", "timeout"))[..^1] + ""","status":{"code":2,"message":"too slow"}}""";

        var run = await TraceImport.ReadOpenTelemetryAsync(Write(Export(call)), Options).SingleAsync();

        Assert.Equal((TrajectoryStatus.Failed, new NodeError("timeout", "too slow")), (run.Status, run.Nodes[0].Error));
    }

    [Fact]
    public async Task ReadOpenTelemetryAsync_DamagedLinesAndSpans_AreToldAndTheRestIsRead()
    {
        var broken = Span("cc", null, "chat", 0, 1, ("gen_ai.operation.name", "chat"), ("gen_ai.output.messages", """[{"content":"of nobody"}]"""));
        var path = Write(Export(Request), "{\"resourceSpans\":[", """{"other":1}""", Export(broken, FirstCall));

        Assert.Single((await TraceImport.ReadOpenTelemetryAsync(path, Options).SingleAsync()).Nodes);
        Assert.Equal([2, 3, 4], _damaged.Select(d => d.Line));
        var error = await Assert.ThrowsAsync<AgentTeamsException>(async () => await TraceImport.ReadOpenTelemetryAsync(path, new() { RefuseDamaged = true }).ToListAsync());
        Assert.Contains("Line 2", error.Message, StringComparison.Ordinal);
    }

    private ImportOptions Options => new() { OnDamaged = _damaged.Add };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Export(params string[] spans) => $$$"""{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{"name":"x"},"spans":[{{{string.Join(',', spans)}}}]}]}]}""";

    private static string Span(string id, string? parent, string name, int start, int end, params (string Key, object Value)[] attributes) => JsonSerializer.Serialize(new
    {
        traceId = Trace, spanId = id, parentSpanId = parent ?? "", name, startTimeUnixNano = $"{start}000000000", endTimeUnixNano = $"{end}000000000",
        attributes = attributes.Select(a => new { key = a.Key, value = a.Value is int number ? (object)new { intValue = $"{number}" } : new { stringValue = (string)a.Value } }),
    });

    private string Write(params string[] lines)
    {
        var path = Path.Combine(_folder, "traces.jsonl");
        File.WriteAllLines(path, lines);
        return path;
    }
}
