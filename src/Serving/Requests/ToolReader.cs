using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Serving;

/// <summary>Reads the functions that a model may call; whoever sent them runs them.</summary>
internal static class ToolReader
{
    private static readonly JsonElement s_noArguments = JsonSerializer.SerializeToElement(new { type = "object", properties = new { } });

    /// <summary>The functions, or null for none.</summary>
    public static List<AITool>? Read(JsonField? tools)
    {
        if (tools?.Items() is not { Count: > 0 } items) return null;
        var read = items.Select(ReadOne).ToList();
        if (read.GroupBy(t => t.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw RequestException.BadField(tools.Path, $"'{tools.Path}' holds {twice.Count()} functions named '{twice.Key}'. Give each a name of its own.");
        return read;
    }

    public static ChatToolMode? ReadChoice(JsonField? choice, List<AITool>? tools)
    {
        if (choice is null) return null;
        const string Instead = "\"none\", \"auto\", \"required\" or a function that 'tools' holds";
        if (choice.Value.ValueKind == JsonValueKind.String)
        {
            return choice.Text() switch
            {
                "none" => ChatToolMode.None,
                "auto" => ChatToolMode.Auto,
                "required" when tools is not null => ChatToolMode.RequireAny,
                _ => throw choice.Wrong(Instead),
            };
        }

        if (choice.AsObject().Required("type").Text() != "function") throw choice.Wrong(Instead);
        var name = choice.Only("type", "function").Required("function").AsObject().Only("name").Required("name").Text();
        return tools?.Exists(t => t.Name == name) == true ? ChatToolMode.RequireSpecific(name) : throw choice.Wrong(Instead);
    }

    private static AITool ReadOne(JsonField tool)
    {
        var type = tool.AsObject().Required("type");
        if (type.Text() != "function") throw type.Wrong("\"function\"");
        var function = tool.Only("type", "function").Required("function").AsObject().Only("name", "description", "parameters", "strict");
        var name = function.Required("name");
        if (name.Text().Length == 0) throw name.Wrong("a name");
        var schema = function["parameters"]?.AsObject().Value.Clone() ?? s_noArguments;
        return new ToolDeclaration(name.Text(), function["description"]?.Text() ?? "", schema, function["strict"]?.Flag());
    }
}

/// <summary>A function that the server knows but cannot run.</summary>
internal sealed class ToolDeclaration(string name, string description, JsonElement schema, bool? strict) : AIFunctionDeclaration
{
    // Where clients of hosted models look for it.
    private const string Strict = "strict";

    public override string Name => name;

    public override string Description => description;

    public override JsonElement JsonSchema => schema;

    public override IReadOnlyDictionary<string, object?> AdditionalProperties { get; } =
        strict is { } given ? new Dictionary<string, object?> { [Strict] = given } : new();
}
