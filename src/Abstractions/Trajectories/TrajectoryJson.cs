using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>The published JSON form of a trajectory: camelCase, absent values omitted, one line (docs/trajectory.md).</summary>
public static class TrajectoryJson
{
    /// <summary>The serializer options of the schema.</summary>
    public static JsonSerializerOptions Options { get; } = CreateOptions();

    /// <summary>Writes a trajectory as one line of JSON in UTF-8, without the line break.</summary>
    public static byte[] Serialize(Trajectory trajectory) => JsonSerializer.SerializeToUtf8Bytes(trajectory, Options);

    /// <summary>Reads a trajectory.</summary>
    /// <exception cref="AgentTeamsException">The text is no trajectory, or one of a newer schema.</exception>
    public static Trajectory Deserialize(ReadOnlySpan<byte> json)
    {
        Trajectory? trajectory;
        try
        {
            trajectory = JsonSerializer.Deserialize<Trajectory>(json, Options);
        }
        catch (JsonException e)
        {
            throw new AgentTeamsException($"The text is not a trajectory: {e.Message}", e);
        }

        if (trajectory is null) throw new AgentTeamsException("The text is 'null', not a trajectory.");
        if (trajectory.SchemaVersion > Trajectory.CurrentSchemaVersion)
            throw new AgentTeamsException($"The trajectory '{trajectory.Id}' has schema version {trajectory.SchemaVersion}; this library reads up to {Trajectory.CurrentSchemaVersion}. Update AgentTeams.");
        return trajectory;
    }

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions(AIJsonUtilities.DefaultOptions)
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            WriteIndented = false,
        };
        options.TypeInfoResolverChain.Add(new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver());
        options.Converters.Insert(0, new JsonStringEnumConverter<TrajectoryStatus>(JsonNamingPolicy.CamelCase));
        options.Converters.Insert(0, new JsonStringEnumConverter<NodeKind>(JsonNamingPolicy.CamelCase));
        options.Converters.Insert(0, new JsonStringEnumConverter<FailureCause>(JsonNamingPolicy.CamelCase));
        options.Converters.Insert(0, new JsonStringEnumConverter<RewardScope>(JsonNamingPolicy.CamelCase));
        options.MakeReadOnly();
        return options;
    }
}
