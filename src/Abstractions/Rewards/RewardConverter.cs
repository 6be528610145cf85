using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentTeams;

/// <summary>A reward as the published schema has it: the target is a scope and a text.</summary>
internal sealed class RewardConverter : JsonConverter<Reward>
{
    public override Reward Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var read = JsonSerializer.Deserialize<Written>(ref reader, options) ?? throw new JsonException("A reward is null.");
        return new() { Target = TargetOf(read), Name = read.Name, Value = read.Value, Weight = read.Weight, Source = read.Source };
    }

    public override void Write(Utf8JsonWriter writer, Reward value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, new Written
    {
        Scope = value.Target.Scope, Target = value.Target.Scope == RewardScope.Trajectory ? null : value.Target.ToString(),
        Role = value.Target.Scope == RewardScope.Turn ? value.Target.Role : null, LastToken = value.Target.LastToken,
        Name = value.Name, Value = value.Value, Weight = value.Weight, Source = value.Source,
    }, options);

    private static RewardTarget TargetOf(Written read) => (read.Scope, read.Target) switch
    {
        (RewardScope.Trajectory, null) => RewardTarget.Trajectory,
        (RewardScope.Turn, { } turn) when int.TryParse(turn, NumberStyles.None, CultureInfo.InvariantCulture, out var number) =>
            read.Role is null ? RewardTarget.OfTurn(number) : RewardTarget.OfTurn(number, read.Role),
        (RewardScope.Role, { Length: > 0 } role) => RewardTarget.OfRole(role),
        (RewardScope.Node, { Length: > 0 } node) => read.LastToken is { } last ? RewardTarget.OfTokens(node, last) : RewardTarget.OfNode(node),
        _ => throw new JsonException($"The reward '{read.Name}' has scope {read.Scope} and target '{read.Target}'. A turn's number, a role's name or a "
            + "node's id is needed at every scope but Trajectory."),
    };

    private sealed record Written
    {
        public required RewardScope Scope { get; init; }

        public string? Target { get; init; }

        public string? Role { get; init; }

        public int? LastToken { get; init; }

        public required string Name { get; init; }

        public required double Value { get; init; }

        public double Weight { get; init; } = 1;

        public string? Source { get; init; }
    }
}
