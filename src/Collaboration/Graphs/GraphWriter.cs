using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Serialization;

namespace AgentTeams.Collaboration;

/// <summary>Writes a graph; what is as by default is left out.</summary>
internal static class GraphWriter
{
    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string ToJson(GraphDefinition graph) => Write(graph).ToJsonString(s_readable);

    public static string ToYaml(GraphDefinition graph) =>
        new SerializerBuilder().WithQuotingNecessaryStrings().DisableAliases().Build().Serialize(Plain(Write(graph))!);

    private static JsonObject Write(GraphDefinition graph)
    {
        var written = new JsonObject { ["name"] = graph.Name };
        AddText(written, "description", graph.Description);
        if (!graph.Roles.IsEmpty) written["roles"] = new JsonObject(graph.Roles.Select(r => KeyValuePair.Create(r.Key, (JsonNode?)Write(r.Value))));
        written["nodes"] = new JsonObject(graph.Nodes.Select(n => KeyValuePair.Create(n.Name, (JsonNode?)Write(n))));
        written["start"] = graph.Start;
        written["answer"] = graph.Answer;
        return written;
    }

    private static JsonObject Write(GraphRole role)
    {
        var written = new JsonObject();
        AddText(written, "instructions", role.Instructions);
        AddText(written, "description", role.Description);
        AddTexts(written, "tools", role.Tools);
        AddTexts(written, "choices", role.Choices);
        if (role.Temperature is { } temperature) written["temperature"] = (decimal)temperature;
        if (role.MaxTokens is { } most) written["max_tokens"] = most;
        if (role.Remembers) written["remembers"] = true;
        return written;
    }

    private static JsonObject Write(GraphNode node)
    {
        var written = new JsonObject();
        switch (node)
        {
            case RoleGraphNode role:
                (written["role"], written["prompt"]) = (role.Role, role.Prompt);
                break;
            case ToolGraphNode tool:
                written["tool"] = tool.Tool;
                if (!tool.Arguments.IsEmpty) written["arguments"] = new JsonObject(tool.Arguments.Select(a => KeyValuePair.Create(a.Key, (JsonNode?)a.Value)));
                break;
            case ParallelGraphNode side:
                AddTexts(written, "parallel", side.Branches);
                break;
            case PatternGraphNode pattern:
                written["pattern"] = GraphNames.Of(pattern.Pattern);
                AddTexts(written, "members", pattern.Members);
                if (pattern.Judge is { } judge) written["judge"] = judge;
                if (pattern.Rounds is { } rounds) written["rounds"] = rounds;
                written["prompt"] = pattern.Prompt;
                break;
        }

        if (node.Next is [{ When: null } only]) written["next"] = only.To;
        else if (!node.Next.IsEmpty) written["next"] = new JsonArray([.. node.Next.Select(Write)]);
        return written;
    }

    private static JsonNode Write(GraphEdge edge)
    {
        var written = new JsonObject();
        if (edge.When is { } when)
        {
            written["when"] = when.Test == GraphTest.VisitedAtLeast
                ? new JsonObject { ["visits"] = when.Node, ["at_least"] = int.Parse(when.Value, CultureInfo.InvariantCulture) }
                : new JsonObject { ["text"] = when.Node, [when.Test switch { GraphTest.Is => "is", GraphTest.IsNot => "is_not", _ => "contains" }] = when.Value };
        }

        written["to"] = edge.To;
        return written;
    }

    private static void AddText(JsonObject to, string key, string text)
    {
        if (text.Length > 0) to[key] = text;
    }

    private static void AddTexts(JsonObject to, string key, ImmutableArray<string> texts)
    {
        if (!texts.IsEmpty) to[key] = new JsonArray([.. texts.Select(t => (JsonNode)t)]);
    }

    // Mappings and lists as the YAML library writes them, in their order.
    private static object? Plain(JsonNode? node) => node switch
    {
        JsonObject map => map.ToDictionary(m => m.Key, m => Plain(m.Value)),
        JsonArray list => list.Select(Plain).ToList(),
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        JsonValue value when value.TryGetValue<int>(out var whole) => whole,
        JsonValue value => value.GetValue<decimal>(),
        _ => null,
    };
}
