using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AgentTeams.Mcp;

/// <summary>A resource or a prompt as a function, so that a node can read it where a run uses it, and the record holds what was read.</summary>
internal sealed class McpContextFunction(
    McpConnection connection, string name, string description, IReadOnlyList<McpPromptArgument> arguments, Func<IReadOnlyDictionary<string, string>, ToolCallContext?, CancellationToken, Task<ToolResult>> read)
    : AIFunction, IServedTool
{
    private readonly IReadOnlyDictionary<string, object?> _properties = new Dictionary<string, object?>(StringComparer.Ordinal) { ["server"] = connection.Name };
    private readonly JsonElement _schema = JsonSerializer.SerializeToElement(new JsonObject
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(arguments.Select(a => KeyValuePair.Create(a.Name, (JsonNode?)new JsonObject { ["type"] = "string", ["description"] = a.Description }))),
        ["required"] = new JsonArray([.. arguments.Where(a => a.IsRequired).Select(a => (JsonNode)a.Name)]),
        ["additionalProperties"] = false,
    });

    public string Server => connection.Name;

    public override string Name => name;

    public override string Description => description;

    public override JsonElement JsonSchema => _schema;

    public override IReadOnlyDictionary<string, object?> AdditionalProperties => _properties;

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments given, CancellationToken cancellationToken)
    {
        UnknownArgument.Refuse($"'{name}' of the MCP server '{Server}'", given, [.. arguments.Select(a => a.Name)]);
        var texts = given.Where(a => a.Value is not (null or JsonElement { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined })).ToDictionary(a => a.Key, a => a.Value is JsonElement { ValueKind: not JsonValueKind.String } json ? json.GetRawText() : a.Value!.ToString()!, StringComparer.Ordinal);
        if (arguments.FirstOrDefault(a => a.IsRequired && !texts.ContainsKey(a.Name)) is { } missing)
            throw new AgentTeamsException($"'{name}' of the MCP server '{Server}' needs the argument '{missing.Name}'. Give it.");
        return await read(texts, ToolCallContext.Of(given), cancellationToken).ConfigureAwait(false);
    }
}
