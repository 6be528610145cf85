namespace AgentTeams.Rl;

/// <summary>
/// Group-in-group advantages (GiGPO: Feng et al. 2025, section 4): how good the whole episode was among its group, plus how good the step was among all steps
/// of the group that were taken in the same state, found by what the role was shown. States that were met once add nothing.
/// </summary>
public sealed record GigpoAdvantage : IAdvantageEstimator, IChecked
{
    /// <summary>The discount of a step's return, for each turn.</summary>
    /// <value>0 to 1; 0.95 by default.</value>
    public double Gamma { get; init; } = 0.95;

    /// <summary>How much the step counts beside the episode.</summary>
    /// <value>Finite; 1 by default.</value>
    public double StepWeight { get; init; } = 1;

    /// <summary>Whether both are divided by the deviation of their group.</summary>
    /// <value>False by default: both are only centred.</value>
    public bool Normalize { get; init; }

    /// <inheritdoc/>
    public AdvantageNeeds Needs => AdvantageNeeds.Default;

    /// <inheritdoc/>
    public IReadOnlyList<TokenAdvantages> Estimate(AdvantageContext batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        OptionChecks.Validate(this);
        var rows = batch.Rows;
        var credit = new ReturnToGoCredit(Gamma);
        var steps = rows.Select(r => r.Trajectory).Distinct(ReferenceEqualityComparer.Instance).Cast<Trajectory>()
            .SelectMany(credit.Assign).ToDictionary(r => (r.Trajectory.Id, r.Node.Id), r => r.Return);
        var episode = Compare(rows, r => $"{r.Group}", r => Totals.Of(r.Trajectory));
        var step = Compare(rows, r => $"{r.Group}/{InvocationContext.Of(r.Node)}", r => steps.GetValueOrDefault((r.Trajectory.Id, r.Node.Id), r.Return));
        return [.. rows.Select((r, i) => TokenAdvantages.Same(episode[i] + StepWeight * step[i], r.TokenCount))];
    }

    void IChecked.Check(OptionChecks checks) => checks.Within(0, 1, Gamma).Require(double.IsFinite(StepWeight), StepWeight, "a finite number");

    private double[] Compare(IReadOnlyList<AdvantageRow> rows, Func<AdvantageRow, string> key, Func<AdvantageRow, double> value)
    {
        var estimator = new GrpoAdvantage { Scale = Normalize ? AdvantageScale.GroupStd : AdvantageScale.None };
        var result = new double[rows.Count];
        var groups = Enumerable.Range(0, rows.Count).GroupBy(i => key(rows[i]), StringComparer.Ordinal).Select(g => g.ToArray()).ToArray();
        var estimates = estimator.Estimate([.. groups.Select(g => new SampleGroup("", [.. g.Select(i => new AdvantageSample(rows[i].Trajectory.Id, value(rows[i])))]))]);
        for (var g = 0; g < groups.Length; g++)
        {
            for (var s = 0; s < groups[g].Length; s++) result[groups[g][s]] = estimates[g][s];
        }

        return result;
    }
}
