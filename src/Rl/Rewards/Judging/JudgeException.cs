namespace AgentTeams.Rl;

/// <summary>A judge gave no grade: its calls broke, or none of its answers was one. Nothing was rewarded, and the same call judges again.</summary>
public sealed class JudgeException : AgentTeamsException
{
    /// <summary>Creates an exception without a message; prefer the other constructors.</summary>
    public JudgeException() { }

    /// <summary>Creates an exception with a message.</summary>
    public JudgeException(string message) : base(message) { }

    /// <summary>Creates an exception with a message and a cause.</summary>
    public JudgeException(string message, Exception? innerException) : base(message, innerException) { }

    internal JudgeException(string rubric, Trajectory trajectory, string criterion, string what, Exception? innerException)
        : base($"The judge of '{rubric}' gave no grade for the criterion '{criterion}' of trajectory '{trajectory.Id}': {what}", innerException)
    {
        TrajectoryId = trajectory.Id;
        Criterion = criterion;
    }

    /// <summary>The trajectory that was to be judged.</summary>
    public string? TrajectoryId { get; }

    /// <summary>The criterion's name.</summary>
    public string? Criterion { get; }
}
