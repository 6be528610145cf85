using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams;

/// <summary>How one run goes. Every value has a default.</summary>
public sealed record WorkflowRunOptions : IChecked
{
    /// <summary>The run's key: equal keys give equal draws. Node, visit and attempt are filled in for each call.</summary>
    /// <value>Run seed 0, no task, by default.</value>
    public SeedKey Seed { get; init; } = new(0);

    /// <summary>
    /// The most visits that follow one another before the run fails with <see cref="WorkflowStepLimitException"/>: in the workflow itself, and in each
    /// branch, loop, item and workflow inside, so that a wide list is no endless cycle.
    /// </summary>
    /// <value>At least 1; 100 by default.</value>
    public int MaxSteps { get; init; } = 100;

    /// <summary>
    /// Whether roles are asked for streams, so that <see cref="ReplyDelta"/> events tell a reply while it is being written. The record of the
    /// run is the same either way, as far as the client streams what it would answer.
    /// </summary>
    /// <value>False by default.</value>
    public bool StreamReplies { get; init; }

    /// <summary>The most workflows that run inside of one another.</summary>
    /// <value>At least 1; 32 by default.</value>
    public int MaxDepth { get; init; } = 32;

    /// <summary>
    /// Where the run's journal is kept, under <see cref="RunId"/>: each commit is in it before the run goes on. Running the same workflow with the same
    /// id again resumes the run: nothing that the journal holds is done again.
    /// </summary>
    /// <value>Null by default: the run is kept in memory alone.</value>
    public ICheckpointStore? Checkpoints { get; init; }

    /// <summary>The name of the run in <see cref="Checkpoints"/>.</summary>
    /// <value>Null by default; needed with a store.</value>
    public string? RunId { get; init; }

    /// <summary>Answers the requests of human nodes while the run goes on. A null answer leaves the request open, and the run waits.</summary>
    /// <value>Null by default: the run ends as waiting.</value>
    public Func<HumanRequest, CancellationToken, ValueTask<object?>>? Responder { get; init; }

    /// <summary>What the run may use up before it stops with <see cref="WorkflowBudgetException"/>.</summary>
    /// <value>No limits by default.</value>
    public RunBudget Budget { get; init; } = new();

    /// <summary>The options of a role in this run, for example greedy ones for an evaluation: <c>role => role.Options with { Temperature = 0 }</c>.</summary>
    /// <value>Null, the default, for the role's own.</value>
    public Func<Role, RoleOptions>? RoleOptions { get; init; }

    /// <summary>What is around the run, its visits and its calls, the first outermost.</summary>
    /// <value>None by default.</value>
    public IReadOnlyList<WorkflowMiddleware> Middleware { get; init; } = [];

    /// <summary>
    /// Whether spans of <see cref="WorkflowTelemetry"/> tell what was said: prompts, replies, arguments and results of tools, messages of errors. Whoever
    /// reads the traces then reads all that the run's users wrote.
    /// </summary>
    /// <value>False by default.</value>
    public bool EnableSensitiveData { get; init; }

    /// <summary>The clock of timeouts, retries and records.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where retries and failures are logged.</summary>
    /// <value>Nowhere by default.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    void IChecked.Check(OptionChecks checks) => checks
        .AtLeast(1, MaxSteps)
        .AtLeast(1, MaxDepth)
        .Part(Budget)
        .RequireThat(Checkpoints is null || RunId is not null, "RunId is null although Checkpoints is given; give the run a name.");
}
