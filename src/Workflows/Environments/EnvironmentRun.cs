namespace AgentTeams.Workflows;

/// <summary>The state of an episode in an environment.</summary>
/// <typeparam name="TTask">A row of a dataset.</typeparam>
/// <typeparam name="TWorld">The world.</typeparam>
/// <param name="Task">What the episode is about.</param>
public sealed record EnvironmentRun<TTask, TWorld>(TTask Task)
    where TTask : notnull
    where TWorld : notnull
{
    /// <summary>The world; default before it was reset.</summary>
    public TWorld? World { get; init; }

    /// <summary>What the roles of the current turn have answered, by role.</summary>
    public IReadOnlyDictionary<string, string> Actions { get; init; } = new Dictionary<string, string>();

    /// <summary>How many turns were played.</summary>
    public int Turns { get; init; }

    /// <summary>What the episode was worth; null before its end.</summary>
    public double? Score { get; init; }

    internal EnvironmentRun<TTask, TWorld> With(string role, string action) => this with { Actions = new Dictionary<string, string>(Actions) { [role] = action } };
}
