namespace AgentTeams.Rl;

/// <summary>
/// Generalised advantage estimation with a critic (Schulman et al. 2016, equation 16): delta_t = r_t + gamma V_(t+1) - V_t,
/// A_t = delta_t + gamma lambda A_(t+1), over the stream of tokens that a role writes in a trajectory, one call after the other. Tokens of others are
/// no part of the stream, so nothing is bootstrapped across what was only observed. The value behind the last token is 0.
/// </summary>
/// <remarks>
/// Every role's critic sees the role's own rewards and the team's. With a critic that reads the whole team's messages
/// (<see cref="RlOptions.Critic"/>) this is centralised training with decentralised execution.
/// </remarks>
public sealed record GaeAdvantage : IAdvantageEstimator, IChecked
{
    /// <summary>The discount for each token.</summary>
    /// <value>0 to 1; 1 by default.</value>
    public double Gamma { get; init; } = 1;

    /// <summary>How far advantages look ahead: 0 trusts the critic, 1 the rewards.</summary>
    /// <value>0 to 1; 0.95 by default.</value>
    public double Lambda { get; init; } = 0.95;

    /// <summary>Whether the advantages of each role are whitened over the batch.</summary>
    /// <value>True by default.</value>
    public bool Whiten { get; init; } = true;

    /// <inheritdoc/>
    public AdvantageNeeds Needs { get; } = new() { GroupSize = 1, Values = true };

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">A row has no values.</exception>
    public IReadOnlyList<TokenAdvantages> Estimate(AdvantageContext batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        OptionChecks.Validate(this);
        var advantages = batch.Rows.Select(r => new double[r.TokenCount]).ToArray();
        var streams = Enumerable.Range(0, batch.Rows.Count)
            .GroupBy(i => (batch.Rows[i].Trajectory.Id, batch.Rows[i].Node.Role))
            .Select(s => s.OrderBy(i => batch.Rows[i].Trajectory.Nodes.IndexOf(batch.Rows[i].Node)));
        foreach (var stream in streams)
        {
            var (ahead, next) = (0.0, 0.0);
            foreach (var i in stream.Reverse()) (ahead, next) = Backward(batch.Rows[i], advantages[i], ahead, next);
        }

        var returns = batch.Rows.Select((r, i) => advantages[i].Zip(r.Values, (a, v) => a + v).ToArray()).ToArray();
        return Whiten ? Whitening.OfTokens(batch.Rows, advantages, returns) : [.. advantages.Zip(returns, (a, r) => new TokenAdvantages(a, r))];
    }

    void IChecked.Check(OptionChecks checks) => checks.Within(0, 1, Gamma).Within(0, 1, Lambda);

    private (double Advantage, double Value) Backward(AdvantageRow row, double[] advantages, double ahead, double next)
    {
        if (row.Values.Count != advantages.Length)
            throw new AgentTeamsException($"The critic gave {row.Values.Count} values for the {advantages.Length} tokens of node '{row.Node.Id}' (role '{row.Node.Role}', "
                + $"trajectory '{row.Trajectory.Id}'). GAE needs a critic: give each trained policy a value head, or set RlOptions.Critic.");
        for (var t = advantages.Length - 1; t >= 0; t--)
        {
            advantages[t] = ahead = row.Rewards[t] + Gamma * next - row.Values[t] + Gamma * Lambda * ahead;
            next = row.Values[t];
        }

        return (ahead, next);
    }
}
