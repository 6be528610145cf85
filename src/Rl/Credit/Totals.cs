namespace AgentTeams.Rl;

/// <summary>What a trajectory is worth as a whole.</summary>
internal static class Totals
{
    public static double Of(Trajectory trajectory) => Moments.Sum([.. trajectory.Rewards.Select(r => r.Weight * r.Value)]);
}
