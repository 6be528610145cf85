using System.Text.Json;

namespace AgentTeams;

/// <summary>Any value a function took or gave, as JSON. What System.Text.Json cannot write is recorded as text: recording never fails a run.</summary>
internal static class RecordedValue
{
    public static ToolResult Result(object? value)
    {
        try
        {
            return ToolResult.From(value);
        }
        catch (Exception e) when (e is NotSupportedException or JsonException or InvalidOperationException)
        {
            return new() { Text = value?.ToString() ?? "" };
        }
    }

    public static JsonElement Arguments(IEnumerable<KeyValuePair<string, object?>> arguments) =>
        JsonSerializer.SerializeToElement(arguments.ToDictionary(a => a.Key, a => Argument(a.Value)), TrajectoryJson.Options);

    private static JsonElement? Argument(object? value)
    {
        try
        {
            return value is null ? null : JsonSerializer.SerializeToElement(value, value.GetType(), TrajectoryJson.Options);
        }
        catch (Exception e) when (e is NotSupportedException or JsonException or InvalidOperationException)
        {
            return JsonSerializer.SerializeToElement(value?.ToString(), TrajectoryJson.Options);
        }
    }
}
