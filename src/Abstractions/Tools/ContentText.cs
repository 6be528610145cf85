using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>Contents in words.</summary>
internal static class ContentText
{
    /// <summary>The text, or what kind of content it is and how much of it or where.</summary>
    public static string Describe(AIContent content) => content switch
    {
        TextContent text => text.Text,
        ErrorContent error => error.Message,
        DataContent data => $"[{data.MediaType}, {data.Data.Length} bytes]",
        UriContent link => $"[{link.MediaType} at {link.Uri}]",
        _ => TrajectoryJson.ToElement(content).GetRawText(),
    };

    /// <summary>Whether a text is this JSON, spacing and order aside, or the value that servers wrap as <c>{"result": value}</c>.</summary>
    public static bool Says(string text, JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.String && json.ValueEquals(text)) return true;
        if (json.ValueKind == JsonValueKind.Object && json.EnumerateObject().ToList() is [{ Name: "result" } wrapped] && Says(text, wrapped.Value)) return true;
        try
        {
            return JsonElement.DeepEquals(JsonElement.Parse(text), json);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
