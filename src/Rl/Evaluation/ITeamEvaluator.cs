namespace AgentTeams.Rl;

/// <summary>Measures a team, whatever its tasks are.</summary>
public interface ITeamEvaluator
{
    /// <summary>How it measures.</summary>
    EvaluationOptions Options { get; }

    /// <summary>How many tasks it has.</summary>
    int TaskCount { get; }

    /// <summary>What tells its tasks from others: how many there are, and a hash of their ids where it knows them.</summary>
    string TasksFingerprint => $"{TaskCount} tasks";

    /// <summary>The same evaluator with rollouts that are kept elsewhere.</summary>
    ITeamEvaluator With(RolloutOptions rollouts);

    /// <summary>Runs each task as often as the options say.</summary>
    /// <param name="name">What is evaluated, for people.</param>
    /// <param name="key">Run, stage and step of the keys; task and sample are filled in.</param>
    /// <param name="cancellationToken">Ends all runs.</param>
    /// <exception cref="RolloutsFailedException">All runs broke; the message tells the commonest cause.</exception>
    Task<TeamEvaluation> EvaluateAsync(string name, SeedKey key, CancellationToken cancellationToken = default);
}
