namespace AgentTeams.Testing;

/// <summary>Begins what a test expects of a run.</summary>
public static class TrajectoryAssertions
{
    /// <summary>Checks a recorded run.</summary>
    /// <example>
    /// <code>
    /// run.Trajectory.Check().Completed("5").AskedInOrder("planner", "coder", "verifier").CalledTool("calculate", 1).NeverSaw("coder", "answer key");
    /// </code>
    /// </example>
    public static TrajectoryChecks Check(this Trajectory trajectory)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        return new(trajectory);
    }
}
