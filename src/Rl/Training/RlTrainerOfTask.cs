using System.Text.Json;

namespace AgentTeams.Rl;

/// <summary>Trains a team from rewards on tasks: <see cref="RlTrainer"/> with a <see cref="TaskSource{TTask}"/>.</summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
/// <example>
/// <code>
/// var trainer = new RlTrainer&lt;Problem&gt;(models, tasks, RlOptions.Grpo with { Rewards = rewards });
/// await foreach (var step in trainer.TrainAsync()) Console.WriteLine($"{step.Step}: {step.Metrics["reward"]:0.00}");
/// </code>
/// </example>
public sealed class RlTrainer<TTask>
{
    private readonly RlTrainer _trainer;

    /// <summary>Creates a trainer.</summary>
    /// <param name="models">The team and its models.</param>
    /// <param name="tasks">The tasks to train on, and how one is run.</param>
    /// <param name="options">How it is trained; <see cref="RlOptions.Rewards"/> must be given.</param>
    /// <exception cref="AgentTeamsException">Options are out of range; all are named.</exception>
    public RlTrainer(TeamModels models, TaskSet<TTask> tasks, RlOptions options)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.Validate(options);
        _trainer = new(models, new TaskSource<TTask>(tasks, options.RolloutOptionsOf(models)), options);
    }

    /// <inheritdoc cref="RlTrainer.TrainAsync"/>
    public IAsyncEnumerable<RlStep> TrainAsync(int firstStep = 0, JsonElement? state = null, CancellationToken cancellationToken = default) =>
        _trainer.TrainAsync(firstStep, state, cancellationToken);

    /// <inheritdoc cref="RlTrainer.UpdateAsync(IReadOnlyList{ExperienceGroup}, int, CancellationToken)"/>
    public Task<RlStep> UpdateAsync(IReadOnlyList<ExperienceGroup> groups, int step = 0, CancellationToken cancellationToken = default) => _trainer.UpdateAsync(groups, step, cancellationToken);
}
