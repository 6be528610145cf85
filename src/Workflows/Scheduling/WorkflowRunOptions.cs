using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams;

/// <summary>How one run goes. Every value has a default.</summary>
public sealed record WorkflowRunOptions : IChecked
{
    /// <summary>The run's key: equal keys give equal draws. Node, visit and attempt are filled in for each call.</summary>
    /// <value>Run seed 0, no task, by default.</value>
    public SeedKey Seed { get; init; } = new(0);

    /// <summary>The most nodes a run commits before it fails with <see cref="WorkflowStepLimitException"/>.</summary>
    /// <value>At least 1; 100 by default.</value>
    public int MaxSteps { get; init; } = 100;

    /// <summary>
    /// Whether roles are asked for streams, so that <see cref="ReplyDelta"/> events tell a reply while it is being written. The record of the
    /// run is the same either way, as far as the client streams what it would answer.
    /// </summary>
    /// <value>False by default.</value>
    public bool StreamReplies { get; init; }

    /// <summary>The clock of timeouts, retries and records.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where retries and failures are logged.</summary>
    /// <value>Nowhere by default.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    void IChecked.Check(OptionChecks checks) => checks.AtLeast(1, MaxSteps);
}
