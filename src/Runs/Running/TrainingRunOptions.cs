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

    /// <summary>A step after which the run stops with a checkpoint, to be resumed later.</summary>
    /// <value>Null by default.</value>
    public StopAfter? StopAfter { get; init; }

    /// <summary>Is told of warnings.</summary>
    /// <value>Nobody by default.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The run's clock.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    void IChecked.Check(OptionChecks checks) => checks.AtLeast(1, CheckpointEvery).AtLeast(2, KeepCheckpoints);
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

/// <summary>A step after which a run stops.</summary>
/// <param name="Stage">The stage's name.</param>
/// <param name="Steps">The steps of it that are done then.</param>
public sealed record StopAfter(string Stage, int Steps);
