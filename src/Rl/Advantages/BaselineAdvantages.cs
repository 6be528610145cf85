namespace AgentTeams.Rl;

/// <summary>The return as it is, without a baseline (REINFORCE: Williams 1992). For credit rules that compare already, and as the yardstick of the others.</summary>
public sealed record RawAdvantage : IGroupAdvantage
{
    /// <inheritdoc/>
    public AdvantageNeeds Needs { get; } = new() { GroupSize = 1 };

    /// <inheritdoc/>
    public IReadOnlyList<double[]> Estimate(IReadOnlyList<SampleGroup> groups) => [.. groups.Select(g => g.Samples.Select(s => s.Value).ToArray())];
}

/// <summary>r minus the best return of the group, so that no sample is ever pushed up but the best are pushed down least (MAReMax of CoMLRL).</summary>
public sealed record MaxBaselineAdvantage : IGroupAdvantage
{
    /// <inheritdoc/>
    public IReadOnlyList<double[]> Estimate(IReadOnlyList<SampleGroup> groups) => [.. groups.Select(g =>
    {
        var best = g.Samples.Max(s => s.Value);
        return g.Samples.Select(s => g.IsSingleton ? 0 : s.Value - best).ToArray();
    })];
}

/// <summary>
/// r minus what greedy decoding of the same weights earned on the task (ReMax: Li et al. 2024, equation 4). Costs one more rollout for each task, of temperature 0;
/// a single sampled rollout is enough.
/// </summary>
public sealed record ReMaxAdvantage : IGroupAdvantage
{
    /// <inheritdoc/>
    public AdvantageNeeds Needs { get; } = new() { GroupSize = 1, GreedyRollouts = 1 };

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">A group has no greedy rollout to compare with.</exception>
    public IReadOnlyList<double[]> Estimate(IReadOnlyList<SampleGroup> groups) => [.. groups.Select(g =>
    {
        var greedy = g.Greedy ?? throw new AgentTeamsException($"ReMax compares with a greedy rollout, but the group of trajectory '{g.Samples[0].TrajectoryId}' has "
            + "none in which the same part was played. Use a source that runs one, and a group key without turns or branches.");
        return g.Samples.Select(s => s.Value - greedy).ToArray();
    })];
}

/// <summary>
/// r minus the mean of the group weighted by completion tokens: the baseline of least variance where the gradient's norm grows with the length
/// (OPO: Hao et al. 2025, section 3.2).
/// </summary>
public sealed record OpoAdvantage : IGroupAdvantage
{
    /// <inheritdoc/>
    public IReadOnlyList<double[]> Estimate(IReadOnlyList<SampleGroup> groups) => [.. groups.Select(g =>
    {
        if (g.IsSingleton || g.HasEqualValues) return new double[g.Samples.Count];
        var baseline = Moments.Sum([.. g.Samples.Select(s => s.Value * s.Tokens)]) / g.Samples.Sum(s => (double)s.Tokens);
        return g.Samples.Select(s => s.Value - baseline).ToArray();
    })];
}

/// <summary>
/// alpha (r - mean of the group), with alpha = samples / samples whose return is not 0, over the whole batch: what groups without a signal take away is given back
/// (GPG: Chu et al. 2025, section 3.3, as verl computes it).
/// </summary>
public sealed record GpgAdvantage : IGroupAdvantage
{
    /// <inheritdoc/>
    public IReadOnlyList<double[]> Estimate(IReadOnlyList<SampleGroup> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        var all = groups.Sum(g => g.Samples.Count);
        var counted = groups.Sum(g => g.Samples.Count(s => s.Value != 0));
        var alpha = counted == 0 ? 1 : (double)all / counted;
        return [.. groups.Select(g =>
        {
            var moments = Moments.Of([.. g.Samples.Select(s => s.Value)]);
            return g.Samples.Select(s => g.IsSingleton || moments.AllEqual ? 0 : alpha * (s.Value - moments.Mean)).ToArray();
        })];
    }
}

/// <summary>
/// Only the best sample of a group is pushed, by how much it beats the second best, over the group's deviation: the objective is the best of k samples, not their mean
/// (pass@k as verl's <c>grpo_passk</c>; Walder and Karkhanis 2025).
/// </summary>
public sealed record PassAtKAdvantage : IGroupAdvantage, IChecked
{
    /// <summary>Whether the difference is divided by the group's unbiased deviation.</summary>
    /// <value>True by default.</value>
    public bool Normalize { get; init; } = true;

    /// <summary>Added to the deviation.</summary>
    /// <value>Positive; 1e-6 by default.</value>
    public double Epsilon { get; init; } = 1e-6;

    /// <inheritdoc/>
    public IReadOnlyList<double[]> Estimate(IReadOnlyList<SampleGroup> groups)
    {
        OptionChecks.Validate(this);
        return [.. groups.Select(Estimate)];
    }

    void IChecked.Check(OptionChecks checks) => checks.Positive(Epsilon);

    private double[] Estimate(SampleGroup group)
    {
        double[] values = [.. group.Samples.Select(s => s.Value)];
        var advantages = new double[values.Length];
        if (group.IsSingleton || group.HasEqualValues) return advantages;
        var best = Array.IndexOf(values, values.Max());
        var second = values.Where((_, i) => i != best).Max();
        advantages[best] = (values[best] - second) / (Normalize ? Moments.Of(values).Std(VarianceDivisor.Unbiased) + Epsilon : 1);
        return advantages;
    }
}
