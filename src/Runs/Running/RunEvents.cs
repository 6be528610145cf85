using System.Text.Json;

namespace AgentTeams.Runs;

/// <summary>Something that happened in a training run. Folder, display, report and telemetry are readers of this one stream.</summary>
public abstract record RunEvent
{
    /// <summary>The stage; empty for the run itself.</summary>
    public string Stage { get; init; } = "";
}

/// <summary>The run begins, or goes on.</summary>
/// <param name="Plan">The plan's name.</param>
/// <param name="Folder">The run's folder.</param>
/// <param name="ResumedFrom">The stage at which it goes on; null for a run from the start.</param>
public sealed record RunStarted(string Plan, string Folder, string? ResumedFrom) : RunEvent;

/// <summary>A stage begins, or goes on.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Steps">The steps that it has at most; null where that is not known.</param>
/// <param name="StepsDone">Those that are done.</param>
public sealed record StageStarted(string Kind, int? Steps, int StepsDone) : RunEvent;

/// <summary>A step of a stage is done.</summary>
/// <param name="Step">Zero-based.</param>
/// <param name="Metrics">Its metrics, under TRL's names.</param>
public sealed record StageStepped(int Step, IReadOnlyDictionary<string, double> Metrics) : RunEvent
{
    /// <summary>What the stage needs to go on after this step, as JSON; null for nothing.</summary>
    public JsonElement? Note { get; init; }
}

/// <summary>The team was evaluated.</summary>
/// <param name="Evaluation">What came out of it.</param>
public sealed record TeamEvaluated(TeamEvaluation Evaluation) : RunEvent
{
    /// <summary>The step of the stage after which it was; zero-based.</summary>
    public int Step { get; init; }

    /// <summary>Whether it was made before the run was resumed.</summary>
    public bool IsRecalled { get; init; }
}

/// <summary>Something worth a line.</summary>
/// <param name="Text">The line.</param>
public sealed record RunMessage(string Text) : RunEvent
{
    /// <summary>Whether someone should look at it.</summary>
    public bool IsWarning { get; init; }
}

/// <summary>A checkpoint is whole; a run that ends now goes on from here.</summary>
/// <param name="Path">Its folder.</param>
/// <param name="Step">The steps of the stage that it holds.</param>
public sealed record CheckpointSaved(string Path, int Step) : RunEvent;

/// <summary>A stage has ended.</summary>
/// <param name="Duration">How long it took in this process.</param>
public sealed record StageCompleted(TimeSpan Duration) : RunEvent;

/// <summary>The run stops before its end, as it was told to; it can be resumed.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="Step">The steps of the stage that are done.</param>
public sealed record RunStopped(string Folder, int Step) : RunEvent;

/// <summary>All stages are done.</summary>
/// <param name="Result">What came out of it.</param>
public sealed record RunCompleted(TrainingResult Result) : RunEvent;
