namespace AgentTeams.Rl;

/// <summary>
/// REINFORCE++ (Hu 2025, section 3): each token's discounted return, whitened over all tokens of the batch, so that no group is needed. With
/// <see cref="GroupBaseline"/> the invocation's return minus its group's mean is whitened instead (REINFORCE++-baseline).
/// </summary>
public sealed record ReinforcePlusPlusAdvantage : IAdvantageEstimator, IChecked
{
    /// <summary>The discount for each token, 0 to 1; the reward falls due at the last one.</summary>
    /// <value>1 by default.</value>
    public double Gamma { get; init; } = 1;

    /// <summary>Whether the group's mean is taken off before whitening.</summary>
    /// <value>False by default.</value>
    public bool GroupBaseline { get; init; }

    /// <inheritdoc/>
    public AdvantageNeeds Needs => GroupBaseline ? AdvantageNeeds.Default : new() { GroupSize = 1 };

    /// <inheritdoc/>
    public IReadOnlyList<TokenAdvantages> Estimate(AdvantageContext batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        OptionChecks.Validate(this);
        var centred = GroupBaseline ? new GrpoAdvantage { Scale = AdvantageScale.None }.Estimate(batch.Groups) : [];
        var tokens = batch.Rows.Select(r => TokenReturns(r, GroupBaseline ? centred[r.Group][r.Sample] : r.Return)).ToArray();
        return Whitening.OfTokens(batch.Rows, tokens, []);
    }

    void IChecked.Check(OptionChecks checks) => checks.Within(0, 1, Gamma);

    // A penalty is due at its own token, everything else at the last one.
    private double[] TokenReturns(AdvantageRow row, double earned)
    {
        var returns = new double[row.TokenCount];
        var ahead = earned - row.Penalties.Sum();
        for (var t = returns.Length - 1; t >= 0; t--, ahead *= Gamma) returns[t] = ahead += row.Penalties.Count == 0 ? 0 : row.Penalties[t];
        return returns;
    }
}
