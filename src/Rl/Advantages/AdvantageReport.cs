using System.Collections.Immutable;

namespace AgentTeams.Rl;

/// <summary>What the groups of a batch looked like. Groups that taught nothing are counted here, never silently trained.</summary>
internal sealed record AdvantageReport
{
    /// <summary>How many groups there were.</summary>
    public required int Groups { get; init; }

    /// <summary>Groups with returns of a single trajectory.</summary>
    public required int Singletons { get; init; }

    /// <summary>Groups of several trajectories whose returns were all equal, so that their advantages are 0.</summary>
    public required int ZeroVariance { get; init; }

    /// <summary><see cref="ZeroVariance"/> as a part of <see cref="Groups"/>, 0 to 1.</summary>
    public double FractionZeroStd => Groups == 0 ? 0 : (double)ZeroVariance / Groups;

    /// <summary>Statistics of the returns over all invocations.</summary>
    public required ReturnStatistics All { get; init; }

    /// <summary>Statistics of the returns over each role's invocations, by role.</summary>
    public required ImmutableSortedDictionary<string, ReturnStatistics> Roles { get; init; }

    /// <summary>
    /// The report as metrics: <c>frac_reward_zero_std</c> as in TRL, <c>groups</c>, <c>groups/singleton</c>, and of each role's
    /// returns <c>{role}/reward</c> and <c>{role}/reward_std</c>.
    /// </summary>
    public IReadOnlyDictionary<string, double> ToMetrics()
    {
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            ["frac_reward_zero_std"] = FractionZeroStd,
            ["groups"] = Groups,
            ["groups/singleton"] = Singletons,
        };
        foreach (var (role, statistics) in Roles)
        {
            metrics[$"{role}/reward"] = statistics.Mean;
            metrics[$"{role}/reward_std"] = statistics.Std;
        }

        return metrics;
    }

    internal static AdvantageReport Of(IReadOnlyList<InvocationReturn> returns, IReadOnlyList<SampleGroup> groups)
    {
        return new()
        {
            Groups = groups.Count,
            Singletons = groups.Count(g => g.IsSingleton),
            ZeroVariance = groups.Count(g => !g.IsSingleton && g.Samples.All(s => s.Value == g.Samples[0].Value)),
            All = ReturnStatistics.Of(returns),
            Roles = returns.GroupBy(r => r.Node.Role ?? "", StringComparer.Ordinal)
                .ToImmutableSortedDictionary(r => r.Key, ReturnStatistics.Of, StringComparer.Ordinal),
        };
    }
}

/// <summary>Statistics of returns.</summary>
/// <param name="Count">How many.</param>
/// <param name="Mean">Their mean; 0 for none.</param>
/// <param name="Std">Their unbiased standard deviation; 0 for fewer than two.</param>
internal sealed record ReturnStatistics(int Count, double Mean, double Std)
{
    internal static ReturnStatistics Of(IEnumerable<InvocationReturn> returns)
    {
        var moments = Moments.Of([.. returns.Select(r => r.Return)]);
        return new(moments.Count, moments.Mean, moments.Std(VarianceDivisor.Unbiased));
    }
}
