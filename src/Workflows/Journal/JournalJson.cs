using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentTeams.Workflows;

/// <summary>Values as a journal holds them: unlike a record of what happened, they must read back as they were, so null is written too.</summary>
internal static class JournalJson
{
    private static readonly JsonSerializerOptions Options = new(TrajectoryJson.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.Never };

    public static JsonElement Write<T>(T value, string what)
    {
        try
        {
            return JsonSerializer.SerializeToElement(value, Options);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new AgentTeamsException($"The value of '{what}', a {typeof(T).Name}, cannot be written to the run's journal: {e.Message} Use a record of plain values, lists and records.", e);
        }
    }

    public static T? Read<T>(JsonElement json, string what)
    {
        try
        {
            return json.Deserialize<T>(Options);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            throw new AgentTeamsException($"The value that the journal holds of '{what}' is no {typeof(T).Name}: {e.Message} Resume the run with the workflow that wrote it, or fork it before that node.", e);
        }
    }
}
