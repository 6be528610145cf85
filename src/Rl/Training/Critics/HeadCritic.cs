namespace AgentTeams.Rl;

/// <summary>The value heads of the trained policies; the loss learns them.</summary>
internal sealed class HeadCritic(TeamModels models) : ICritic
{
    public async Task<IReadOnlyList<IReadOnlyList<double>>> ValuesAsync(IReadOnlyList<InvocationReturn> invocations, CancellationToken cancellationToken = default)
    {
        var values = new IReadOnlyList<double>[invocations.Count];
        foreach (var policy in Enumerable.Range(0, invocations.Count).GroupBy(i => invocations[i].Node.Tokens!.Policy))
        {
            var rows = policy.Select(i => RlRows.Of(invocations[i].Trajectory, invocations[i].Node)!).ToList();
            var scores = await models.GetModel(policy.Key).ScoreAsync(policy.Key, rows, cancellationToken).ConfigureAwait(false);
            foreach (var (i, score) in policy.Zip(scores))
            {
                if (score.Values.Length == 0)
                    throw new AgentTeamsException($"The advantage estimator needs values, but the policy '{policy.Key}' has no value head. Add one with AddValueHead, or set "
                        + "RlOptions.Critic.");
                values[i] = [.. score.Values.Select(v => (double)v)];
            }
        }

        return values;
    }

    public Task<double> LearnAsync(IReadOnlyList<InvocationReturn> invocations, IReadOnlyList<double[]> returns, CancellationToken cancellationToken = default) =>
        Task.FromResult(double.NaN);
}
