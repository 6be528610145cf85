namespace AgentTeams.Rl;

/// <summary>
/// Every invocation earns the team's discounted rewards from its turn on: G_t = r_t + gamma G_(t+1), in steps of one turn (Sutton
/// and Barto 2018, equation 3.9; per-turn returns as in MAGRPO, Liu et al. 2025). A turn's reward r_t holds its turn and node
/// rewards; a role's reward falls into the role's last turn and a trajectory's reward into the last turn that has an invocation. A later turn, all
/// of whose calls broke, still counts as a turn where something in it is rewarded.
/// </summary>
/// <param name="gamma">The discount for each turn, 0 to 1; 1 by default. With 0 only the turn's own reward remains.</param>
/// <exception cref="AgentTeamsException">Gamma is outside 0 to 1.</exception>
public sealed class ReturnToGoCredit(double gamma = 1) : ITrajectoryCredit
{
    private readonly double _gamma = gamma is >= 0 and <= 1
        ? gamma
        : throw new AgentTeamsException($"The discount gamma is {gamma}. Give a value from 0 to 1.");

    /// <inheritdoc/>
    public IReadOnlyList<InvocationReturn> Assign(Trajectory trajectory)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        var returns = ByTurn(trajectory, _gamma);
        return [.. Invocations.Of(trajectory).Select(i => new InvocationReturn(trajectory, trajectory.Nodes[i], returns[trajectory.Nodes[i].Turn]))];
    }

    /// <summary>The return from each turn on; none where nobody spoke.</summary>
    internal static double[] ByTurn(Trajectory trajectory, double gamma)
    {
        int[] invocations = [.. Invocations.Of(trajectory)];
        if (invocations.Length == 0) return [];
        var last = invocations.Max(i => trajectory.Nodes[i].Turn);
        var returns = new double[trajectory.Nodes.Max(n => n.Turn) + 1];
        foreach (var reward in trajectory.Rewards)
        {
            returns[RewardAttribution.TurnOf(trajectory, reward) ?? last] += reward.Weight * reward.Value;
        }

        for (var t = returns.Length - 2; t >= 0; t--) returns[t] += gamma * returns[t + 1];
        return returns;
    }
}
