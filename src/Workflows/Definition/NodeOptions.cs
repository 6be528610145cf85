using Polly;

namespace AgentTeams.Workflows;

/// <summary>How one node behaves when things go wrong. Every value has a default; none is needed.</summary>
/// <typeparam name="TState">The workflow's state.</typeparam>
/// <example>
/// <code>
/// wf.AddRole(coder, s => s.Plan, (s, reply) => s with { Code = reply.Text },
///     options: new() { Timeout = TimeSpan.FromMinutes(1), MaxCallRetries = 2 });
/// </code>
/// </example>
public sealed record NodeOptions<TState> : IChecked
{
    /// <summary>The node's name, unique in its workflow.</summary>
    /// <value>Null for the role's, tool's or function's name, the default.</value>
    public string? Name { get; init; }

    /// <summary>The longest that one try of one call of this node may take.</summary>
    /// <value>Positive, <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for no limit, or null for the workflow's default.</value>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How often a call that threw or timed out is tried again. Such retries keep the call's seed.</summary>
    /// <value>At least 0, or null for the workflow's default.</value>
    public int? MaxCallRetries { get; init; }

    /// <summary>The wait before the first retry, doubled for each further one up to a minute, and jittered.</summary>
    /// <value>At least 0, or null for the workflow's default.</value>
    public TimeSpan? RetryDelay { get; init; }

    /// <summary>A pipeline of your own around each call, in place of <see cref="MaxCallRetries"/>; <see cref="Timeout"/> still applies inside it.</summary>
    /// <value>Null for the workflow's default, unless <see cref="MaxCallRetries"/> is given.</value>
    public ResiliencePipeline? Pipeline { get; init; }

    /// <summary>
    /// How many answers of one visit are validated before the node fails. Each is asked for by the same question under a seed of its own.
    /// Without a validator it has no effect.
    /// </summary>
    /// <value>At least 1, or null for the workflow's default.</value>
    public int? MaxAnswers { get; init; }

    /// <summary>
    /// Whether a role whose answer was not valid is told so, with the reason, in the conversation that it goes on with; else it is asked the same
    /// question again.
    /// </summary>
    /// <value>False by default.</value>
    public bool TellRejections { get; init; }

    /// <summary>
    /// For a tool node: an exception or a timeout of the tool becomes a <see cref="ToolResult"/> with
    /// <see cref="ToolResult.IsError"/> for the update, so that the run goes on when a tool server dies.
    /// </summary>
    /// <value>False by default.</value>
    public bool ToolFailureAsResult { get; init; }

    /// <summary>Where the run goes when this node failed for good.</summary>
    /// <value>Null by default: the run fails.</value>
    public ErrorRoute<TState>? OnError { get; init; }

    void IChecked.Check(OptionChecks checks) => checks
        .Require(Timeout is null || Timeout > TimeSpan.Zero || Timeout == System.Threading.Timeout.InfiniteTimeSpan, Timeout, "a positive time, or none")
        .AtLeast(0, MaxCallRetries)
        .Require(RetryDelay is null || RetryDelay >= TimeSpan.Zero, RetryDelay, "0 or more")
        .AtLeast(1, MaxAnswers);

    /// <summary>These options with the defaults where they say nothing.</summary>
    internal NodeOptions<TState> Over(NodeDefaults defaults) => this with
    {
        Timeout = Timeout ?? defaults.Timeout,
        Pipeline = Pipeline ?? (MaxCallRetries is null ? defaults.Pipeline : null),
        MaxCallRetries = MaxCallRetries ?? defaults.MaxCallRetries,
        RetryDelay = RetryDelay ?? defaults.RetryDelay,
        MaxAnswers = MaxAnswers ?? defaults.MaxAnswers,
    };
}

/// <summary>How the nodes of a workflow behave when things go wrong, where their own options do not say.</summary>
public sealed record NodeDefaults : IChecked
{
    /// <summary>The longest that one try of one call may take.</summary>
    /// <value>Positive, or null for no limit, the default.</value>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How often a call that threw or timed out is tried again.</summary>
    /// <value>At least 0; 0 by default.</value>
    public int MaxCallRetries { get; init; }

    /// <summary>The wait before the first retry, doubled for each further one up to a minute, and jittered.</summary>
    /// <value>At least 0; 1 second by default.</value>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A pipeline of your own around each call, in place of <see cref="MaxCallRetries"/>.</summary>
    /// <value>Null by default.</value>
    public ResiliencePipeline? Pipeline { get; init; }

    /// <summary>How many answers of one visit are validated before the node fails.</summary>
    /// <value>At least 1; 3 by default.</value>
    public int MaxAnswers { get; init; } = 3;

    void IChecked.Check(OptionChecks checks) => checks
        .Require(Timeout is null || Timeout > TimeSpan.Zero, Timeout, "a positive time, or none")
        .AtLeast(0, MaxCallRetries)
        .Require(RetryDelay >= TimeSpan.Zero, RetryDelay, "0 or more")
        .AtLeast(1, MaxAnswers);
}

/// <summary>Where a run goes after a node failed.</summary>
/// <typeparam name="TState">The workflow's state.</typeparam>
/// <param name="Target">The next node, or <see cref="Workflow.End"/>.</param>
/// <param name="Update">Notes the failure in the state. Like every update it may be applied again at a join or in a resumed run.</param>
public sealed record ErrorRoute<TState>(NodeHandle Target, Func<TState, NodeError, TState> Update) : IStateUpdate<TState>
{
    TState IStateUpdate<TState>.Apply(TState state, object? result) => Update(state, (NodeError)result!);
}
