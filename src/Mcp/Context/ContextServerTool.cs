using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentTeams.Mcp;

/// <summary>A tool of a shared context on a server: its errors are results that a model reads.</summary>
internal sealed class ContextServerTool : McpServerTool
{
    private const string Run = "run";
    private readonly ServedContext _served;

    public ContextServerTool(ServedContext served, AIFunction function)
    {
        _served = served;
        var schema = JsonSerializer.SerializeToNode(function.JsonSchema)!.AsObject();
        if (served.AsksForRun)
        {
            schema["properties"]!.AsObject()[Run] = new JsonObject { ["type"] = "string", ["description"] = "The run whose context is meant." };
            var required = schema["required"] as JsonArray ?? [];
            required.Add(Run);
            schema["required"] = required.DeepClone();
        }

        var isReading = !(function.Name.EndsWith("_set", StringComparison.Ordinal) || function.Name.EndsWith("_delete", StringComparison.Ordinal));
        ProtocolTool = new()
        {
            Name = function.Name, Description = function.Description, InputSchema = JsonSerializer.SerializeToElement(schema),
            Annotations = new() { ReadOnlyHint = isReading, DestructiveHint = !isReading, OpenWorldHint = false },
        };
    }

    public override Tool ProtocolTool { get; }

    public override IReadOnlyList<object> Metadata => [];

    public override async ValueTask<CallToolResult> InvokeAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        var given = request.Params?.Arguments ?? new Dictionary<string, JsonElement>();
        var run = _served.AsksForRun && given.TryGetValue(Run, out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
        try
        {
            var function = _served.FunctionsFor(run, request.User).First(t => t.Name == ProtocolTool.Name);
            var arguments = new AIFunctionArguments(given.Where(a => a.Key != Run || !_served.AsksForRun).ToDictionary(a => a.Key, a => (object?)a.Value));
            var result = JsonSerializer.SerializeToElement(await function.InvokeAsync(arguments, cancellationToken).ConfigureAwait(false));
            return new() { Content = [new TextContentBlock { Text = result.GetRawText() }], StructuredContent = result };
        }
        catch (Exception e) when (e is AgentTeamsException or ArgumentException or JsonException)
        {
            return new() { IsError = true, Content = [new TextContentBlock { Text = e.Message }] };
        }
    }
}
