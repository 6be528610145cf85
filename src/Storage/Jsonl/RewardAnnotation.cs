using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentTeams.Storage;

/// <summary>A line of a store that replaces the rewards of a trajectory on an earlier line.</summary>
internal sealed record RewardAnnotation
{
    [JsonPropertyOrder(-2)]
    public int SchemaVersion { get; init; } = Trajectory.CurrentSchemaVersion;

    [JsonPropertyOrder(-1)]
    public required string RewardsOf { get; init; }

    public required ImmutableArray<Reward> Rewards { get; init; }

    public static byte[] Serialize(Trajectory scored) =>
        JsonSerializer.SerializeToUtf8Bytes(new RewardAnnotation { RewardsOf = scored.Id, Rewards = scored.Rewards }, TrajectoryJson.Options);

    public static RewardAnnotation Deserialize(ReadOnlySpan<byte> line) => JsonSerializer.Deserialize<RewardAnnotation>(line, TrajectoryJson.Options)!;
}
