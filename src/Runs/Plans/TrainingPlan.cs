using System.Collections.Immutable;

namespace AgentTeams.Runs;

/// <summary>
/// How a team is trained, as data: the models, and what is done with them one stage after another. A plan never changes; <see cref="TrainingRun"/> carries it out, and
/// goes on with it after a crash.
/// </summary>
/// <example>
/// <code>
/// var plan = new TrainingPlan("math", models)
/// {
///     Seed = 1,
///     Stages =
///     [
///         Stage.Supervise("show", examples),
///         Stage.Evaluate("before", test, (p, run) => run.Outcome == p.Answer),
///         Stage.Reinforce("practise", tasks, RlOptions.Grpo with { Rewards = rewards, Steps = 50 }),
///         Stage.Evaluate("after", test, (p, run) => run.Outcome == p.Answer),
///     ],
/// };
/// </code>
/// </example>
public sealed record TrainingPlan : IChecked
{
    /// <summary>Names the plan and what it trains.</summary>
    /// <param name="name">The plan's name; that of the run's folder unless given.</param>
    /// <param name="models">The team and its models; they stay the caller's.</param>
    public TrainingPlan(string name, TeamModels models)
    {
        ArgumentNullException.ThrowIfNull(models);
        (Name, Models) = (Guard.Name(name, "plan name"), models);
    }

    /// <summary>The plan's name.</summary>
    public string Name { get; }

    /// <summary>The team and its models.</summary>
    public TeamModels Models { get; }

    /// <summary>What is done, in order.</summary>
    public required IReadOnlyList<ITrainingStage> Stages { get; init; }

    /// <summary>Decides every random draw.</summary>
    /// <value>0 by default.</value>
    public long Seed { get; init; }

    /// <summary>What else decides the result and is not seen in the stages, such as the name of a data file. It stands in <c>run.json</c>, and a run does not go on with other values.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = ImmutableDictionary<string, string>.Empty;

    void IChecked.Check(OptionChecks checks)
    {
        checks.RequireThat(Settings is not null, "Settings is null; leave it out for none.");
        checks.RequireThat(Stages is { Count: > 0 }, "Stages is empty; give at least one.");
        if (Stages is null || Stages.Contains(null!))
        {
            checks.RequireThat(Stages is null, "A stage is null; take it out.");
            return;
        }

        foreach (var twice in Stages.GroupBy(s => s.Name, StringComparer.Ordinal).Where(g => g.Count() > 1))
            checks.RequireThat(false, $"{twice.Count()} stages are named '{twice.Key}'; give each a name of its own.");
        foreach (var stage in Stages)
        {
            checks.RequireThat(Guard.NameProblem(stage.Name, "stage name") is null, Guard.NameProblem(stage.Name, "stage name") ?? "");
            foreach (var problem in stage.ProblemsWith(this)) checks.RequireThat(false, $"Stage '{stage.Name}': {problem}");
        }
    }
}
