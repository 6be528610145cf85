using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>The published JSON form of a trajectory: camelCase, absent values omitted, one line (docs/trajectory.md).</summary>
public static class TrajectoryJson
{
    /// <summary>The serializer options of the schema.</summary>
    public static JsonSerializerOptions Options { get; } = CreateOptions();

    /// <summary>
    /// Writes a trajectory as one line of JSON in UTF-8, without the line break. A value that cannot be written, such as a stream
    /// among a message's properties or a content of an unknown type, becomes <c>{"$unserializable": type, "text": what it says}</c>
    /// and loses nothing around it. Numbers that are not finite are written as "NaN", "Infinity" and "-Infinity".
    /// </summary>
    /// <param name="trajectory">The trajectory.</param>
    /// <param name="replaced">Is told the type of each value that was replaced.</param>
    public static byte[] Serialize(Trajectory trajectory, Action<Type>? replaced = null) => Write(trajectory, replaced);

    /// <summary>Any value in the form it has in a trajectory, with placeholders as in <see cref="Serialize"/>.</summary>
    /// <param name="value">The value.</param>
    /// <param name="replaced">Is told the type of each value that was replaced.</param>
    public static JsonElement ToElement<T>(T value, Action<Type>? replaced = null) => JsonElement.Parse(Write(value, replaced));

    /// <summary>Reads a trajectory.</summary>
    /// <exception cref="AgentTeamsException">The text is no trajectory, or one of a newer schema.</exception>
    public static Trajectory Deserialize(ReadOnlySpan<byte> json)
    {
        Trajectory? trajectory;
        if (json.StartsWith(ByteOrderMark)) json = json[ByteOrderMark.Length..];
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
            throw new AgentTeamsException($"The trajectory '{trajectory.Id}' has schema version {trajectory.SchemaVersion}; this library reads up to "
                + $"{Trajectory.CurrentSchemaVersion}. Update AgentTeams.");
        return trajectory;
    }

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private static byte[] Write<T>(T value, Action<Type>? replaced)
    {
        try
        {
            return JsonSerializer.SerializeToUtf8Bytes(value, Options);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return JsonSerializer.SerializeToUtf8Bytes(new ReplacingWriter(Options, replaced).Write(value, typeof(T)), Options);
        }
    }

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions(AIJsonUtilities.DefaultOptions)
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            WriteIndented = false,
            NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
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
