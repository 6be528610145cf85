using Polly;

namespace AgentTeams.Workflows;

/// <summary>How one node behaves when things go wrong. Every value has a default; none is needed.</summary>
/// <typeparam name="TState">The workflow's state.</typeparam>
public sealed record NodeOptions<TState>
{
    private readonly TimeSpan? _timeout;
    private readonly int _maxRetries;
    private readonly TimeSpan _retryDelay = TimeSpan.FromSeconds(1);
    private readonly int _maxAttempts = 3;

    /// <summary>The node's name, unique in its workflow; the role's or tool's name unless set.</summary>
    public string? Name { get; init; }

    /// <summary>The longest one try of one call of this node may take; positive, unlimited unless set.</summary>
    /// <exception cref="AgentTeamsException">The value is not positive.</exception>
    public TimeSpan? Timeout
    {
        get => _timeout;
        init => _timeout = value is null || value > TimeSpan.Zero ? value
            : throw new AgentTeamsException($"The node timeout is {value}. Give a positive time, or none.");
    }

    /// <summary>How often a call that threw or timed out is tried again; 0 unless set. Such retries keep the call's seed.</summary>
    /// <exception cref="AgentTeamsException">The value is negative.</exception>
    public int MaxCallRetries
    {
        get => _maxRetries;
        init => _maxRetries = value >= 0 ? value : throw new AgentTeamsException($"The number of retries is {value}. Give 0 or more.");
    }

    /// <summary>The wait before the first retry, doubled for each further one and jittered; 1 second unless set.</summary>
    /// <exception cref="AgentTeamsException">The value is negative.</exception>
    public TimeSpan RetryDelay
    {
        get => _retryDelay;
        init => _retryDelay = value >= TimeSpan.Zero ? value : throw new AgentTeamsException($"The retry delay is {value}. Give 0 or more.");
    }

    /// <summary>A pipeline of your own around each call, in place of <see cref="MaxCallRetries"/>; <see cref="Timeout"/> still applies inside it.</summary>
    public ResiliencePipeline? Pipeline { get; init; }

    /// <summary>
    /// How many answers of one visit are validated before the node fails; 3 unless set, at least 1. Each attempt asks the
    /// same question under a seed of its own. Without a validator it has no effect.
    /// </summary>
    /// <exception cref="AgentTeamsException">The value is below 1.</exception>
    public int MaxAnswers
    {
        get => _maxAttempts;
        init => _maxAttempts = value >= 1 ? value : throw new AgentTeamsException($"The number of attempts is {value}. Give at least 1.");
    }

    /// <summary>
    /// For a tool node: an exception or a timeout of the tool becomes a <see cref="ToolResult"/> with
    /// <see cref="ToolResult.IsError"/> for the update, so the run goes on when a tool server dies; false unless set.
    /// </summary>
    public bool ToolFailureAsResult { get; init; }

    /// <summary>Where the run goes when this node failed for good; the run fails unless set.</summary>
    public ErrorRoute<TState>? OnError { get; init; }
}

/// <summary>Where a run goes after a node failed.</summary>
/// <typeparam name="TState">The workflow's state.</typeparam>
/// <param name="Target">The next node, or <see cref="Workflow.End"/>.</param>
/// <param name="Update">Notes the failure in the state.</param>
public sealed record ErrorRoute<TState>(NodeHandle Target, Func<TState, Exception, TState> Update);
