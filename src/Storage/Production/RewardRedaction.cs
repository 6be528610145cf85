using System.Collections.Immutable;

namespace AgentTeams.Storage;

/// <summary>Rewards without what must not be stored: who judged may be a person.</summary>
internal static class RewardRedaction
{
    /// <exception cref="AgentTeamsException">A reward is not finite.</exception>
    public static ImmutableArray<Reward> Redact(string trajectoryId, IReadOnlyList<Reward> rewards, IReadOnlyList<ITextRedactor> redactors)
    {
        foreach (var reward in rewards) reward.Validate(trajectoryId);
        return [.. rewards.Select(r => r.Source is { } source ? r with { Source = redactors.Aggregate(source, (t, x) => x.Redact(t)) } : r)];
    }
}
