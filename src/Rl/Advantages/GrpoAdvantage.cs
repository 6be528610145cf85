namespace AgentTeams.Rl;

/// <summary>
/// Group-relative advantages: (r - mean of the group) / scale (GRPO: Shao et al. 2024, DeepSeekMath, section 4.1.2). With the scale
/// left out this is the advantage of Dr. GRPO (Liu et al. 2025, section 3.2); with a group key that names the role, the
/// agent-wise normalisation of Dr. MAS. Groups of a single trajectory or of equal values give exactly 0.
/// </summary>
public sealed record GrpoAdvantage : IGroupAdvantage, IChecked
{
    /// <summary>What a return is divided by after its group's mean was taken off.</summary>
    /// <value><see cref="AdvantageScale.GroupStd"/> by default.</value>
    public AdvantageScale Scale { get; init; } = AdvantageScale.GroupStd;

    /// <summary>Which standard deviation a return is divided by.</summary>
    /// <value><see cref="VarianceDivisor.Unbiased"/> by default, as in TRL and verl.</value>
    public VarianceDivisor Std { get; init; } = VarianceDivisor.Unbiased;

    /// <summary>Keeps the divisor away from zero.</summary>
    /// <value>Positive; 1e-6 by default, as in verl (TRL has 1e-4).</value>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>How <see cref="Epsilon"/> keeps the divisor away from zero.</summary>
    /// <value><see cref="EpsilonPlace.Added"/> by default.</value>
    public EpsilonPlace EpsilonPlace { get; init; } = EpsilonPlace.Added;

    /// <summary>r - mean, undivided: Dr. GRPO's advantage, to be used with <see cref="LossAggregation.DrGrpo"/>.</summary>
    public static GrpoAdvantage DrGrpo { get; } = new() { Scale = AdvantageScale.None };

    /// <summary>(r - mean) / max(population deviation, 1e-6): MAGRPO (Liu et al. 2025) as published in CoMLRL.</summary>
    public static GrpoAdvantage Magrpo { get; } = new() { Std = VarianceDivisor.Population, EpsilonPlace = EpsilonPlace.Floor };

    /// <inheritdoc/>
    public IReadOnlyList<double[]> Estimate(IReadOnlyList<SampleGroup> groups)
    {
        OptionChecks.Validate(this);
        var pools = groups.GroupBy(g => g.Pool, StringComparer.Ordinal)
            .ToDictionary(p => p.Key, p => Moments.Of([.. p.SelectMany(g => g.Samples, (_, s) => s.Value)]), StringComparer.Ordinal);
        return [.. groups.Select(g => g.IsSingleton ? new double[g.Samples.Count] : Centre(g.Samples, pools[g.Pool]))];
    }

    void IChecked.Check(OptionChecks checks) => checks.Positive(Epsilon);

    private double[] Centre(IReadOnlyList<AdvantageSample> samples, Moments pool)
    {
        var group = Moments.Of([.. samples.Select(s => s.Value)]);
        if (group.AllEqual) return new double[samples.Count];
        var divisor = Scale switch
        {
            AdvantageScale.GroupStd => Guarded(group.Std(Std)),
            AdvantageScale.BatchStd => Guarded(pool.Std(Std)),
            _ => 1,
        };
        return [.. samples.Select(s => (s.Value - group.Mean) / divisor)];
    }

    private double Guarded(double std) => EpsilonPlace == EpsilonPlace.Added ? std + Epsilon : Math.Max(std, Epsilon);
}

/// <summary>What centred returns are divided by.</summary>
public enum AdvantageScale
{
    /// <summary>The standard deviation of the sample's own group.</summary>
    GroupStd,

    /// <summary>
    /// The standard deviation of all samples of the batch, or of the role where the group key tells roles apart (the "batch"
    /// scaling of TRL; Liu et al. 2025, Tricks or Traps).
    /// </summary>
    BatchStd,

    /// <summary>Nothing.</summary>
    None,
}

/// <summary>How epsilon keeps a divisor away from zero.</summary>
public enum EpsilonPlace
{
    /// <summary>std + epsilon.</summary>
    Added,

    /// <summary>max(std, epsilon).</summary>
    Floor,
}
