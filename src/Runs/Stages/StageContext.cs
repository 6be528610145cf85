using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Runs;

/// <summary>Where a stage stands in its run.</summary>
public sealed class StageContext
{
    private readonly JsonElement? _note;
    private readonly RunFolder _folder;

    internal StageContext(TrainingPlan plan, ITrainingStage stage, RunFolder folder, ITrajectoryStore store, int stepsDone, JsonElement? note, ILoggerFactory loggerFactory, TimeProvider timeProvider)
    {
        (Plan, Store, StepsDone, _note, LoggerFactory, TimeProvider, _folder) = (plan, store, stepsDone, note, loggerFactory, timeProvider, folder);
        Key = new(plan.Seed, stage.Name);
        Directory = folder.StageDirectory(stage.Name);
    }

    /// <summary>The plan.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>The team and its models.</summary>
    public TeamModels Models => Plan.Models;

    /// <summary>Where the run keeps its trajectories.</summary>
    public ITrajectoryStore Store { get; }

    /// <summary>The key of the stage's draws.</summary>
    public SeedKey Key { get; }

    /// <summary>A folder of the stage's own below the run's, which exists.</summary>
    public string Directory { get; }

    /// <summary>The run's folder.</summary>
    public string RunFolder => _folder.FullPath;

    /// <summary>The steps of this stage that are done; 0 at its beginning.</summary>
    public int StepsDone { get; }

    /// <summary>Is told of warnings.</summary>
    public ILoggerFactory LoggerFactory { get; }

    /// <summary>The run's clock.</summary>
    public TimeProvider TimeProvider { get; }

    /// <summary>Rollouts that are kept in the run's store and found there again.</summary>
    public RolloutOptions Rollouts => new() { Store = Store, Models = Models, LoggerFactory = LoggerFactory };

    /// <summary>The newest evaluation that the run made under a name.</summary>
    /// <exception cref="AgentTeamsException">There is none yet.</exception>
    public TeamEvaluation Evaluation(string name) => _folder.Evaluations.LastOrDefault(e => e.Evaluation.Name == name)?.Evaluation
        ?? throw new AgentTeamsException($"The run has no evaluation '{name}' yet. Put the stage behind it.");

    /// <summary>The folder of another stage of the run.</summary>
    internal string DirectoryOf(string stage) => _folder.StageDirectory(stage);

    /// <summary>What the stage noted with the last step that is done; the default where nothing is done.</summary>
    public T? ReadNote<T>() => _note is { } note ? note.Deserialize<T>(TrajectoryJson.Options) : default;
}
