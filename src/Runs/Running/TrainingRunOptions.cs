using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Runs;

/// <summary>How a plan is carried out; none of it changes the result, so a resumed run may have other values.</summary>
public sealed record TrainingRunOptions : IChecked
{
    /// <summary>The run's folder.</summary>
    /// <value>Null, the default, for <c>runs/NAME</c>, or <c>runs/NAME-2</c> and so on where that holds a run and a new one is asked for.</value>
    public string? Folder { get; init; }

    /// <summary>Whether a run that the folder holds goes on.</summary>
    /// <value><see cref="ResumeMode.IfThere"/> by default.</value>
    public ResumeMode Resume { get; init; } = ResumeMode.IfThere;

    /// <summary>Steps from one checkpoint to the next. There is one at the end of each stage in any case.</summary>
    /// <value>At least 1; 10 by default.</value>
    public int CheckpointEvery { get; init; } = 10;

    /// <summary>How many checkpoints are kept.</summary>
    /// <value>At least 2; 3 by default.</value>
    public int KeepCheckpoints { get; init; } = 3;

    /// <summary>Which trajectories of steps of reinforcement learning stay in the store. Those of evaluations and of other stages always do.</summary>
    /// <value>Those of the last 10 steps, and a twentieth of the earlier ones, by default.</value>
    public TrajectoryRetention Retention { get; init; } = new();

    /// <summary>A step after which the run stops with a checkpoint, to be resumed later.</summary>
    /// <value>Null by default.</value>
    public StopAfter? StopAfter { get; init; }

    /// <summary>Whether the metrics are also written for TensorBoard, into <c>tensorboard/</c> in the run's folder: <c>tensorboard --logdir runs</c> shows them.</summary>
    /// <value>False by default.</value>
    public bool TensorBoard { get; init; }

    /// <summary>
    /// Is told what the run does, in the category <c>AgentTeams.Runs</c>: stages and evaluations as information, steps with their metrics as debug entries.
    /// </summary>
    /// <value>Nobody by default.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The run's clock.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    void IChecked.Check(OptionChecks checks) => checks.AtLeast(1, CheckpointEvery).AtLeast(2, KeepCheckpoints)
        .AtLeast(1, StopAfter?.Steps, "StopAfter.Steps")
        .RequireThat(Retention is not null, "Retention is null; give TrajectoryRetention.All to keep all.").Part(Retention)
        .RequireThat(LoggerFactory is not null, "LoggerFactory is null; leave it out for none.")
        .RequireThat(TimeProvider is not null, "TimeProvider is null; leave it out for the system's.");
}

/// <summary>What is done where the folder holds a run.</summary>
public enum ResumeMode
{
    /// <summary>It goes on; where there is none, one begins.</summary>
    IfThere,

    /// <summary>One must begin: a folder that holds a run is refused.</summary>
    Never,

    /// <summary>One must go on: a folder without a run is refused.</summary>
    Required,
}

/// <summary>A step after which a run stops; at the end of its stage at the latest, where that has fewer steps.</summary>
/// <param name="Stage">The stage's name.</param>
/// <param name="Steps">The steps of it that are done then; at least 1.</param>
public sealed record StopAfter(string Stage, int Steps);

/// <summary>Which trajectories of a long training stay.</summary>
public sealed record TrajectoryRetention : IChecked
{
    /// <summary>All of them.</summary>
    public static TrajectoryRetention All { get; } = new() { LastSteps = null };

    /// <summary>The newest steps whose trajectories all stay. Earlier ones go when a checkpoint is written.</summary>
    /// <value>At least 1, or null for all steps; 10 by default.</value>
    public int? LastSteps { get; init; } = 10;

    /// <summary>The share of the earlier trajectories that stays.</summary>
    /// <value>0 to 1; 0.05 by default.</value>
    public double Sample { get; init; } = 0.05;

    void IChecked.Check(OptionChecks checks) => checks.AtLeast(1, LastSteps).Within(0, 1, Sample);
}
