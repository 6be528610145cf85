using System.Runtime.CompilerServices;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace AgentTeams.Workflows;

/// <summary>The retries and the timeout around each call of a node; built once per clock, not per call.</summary>
internal sealed class CallPipeline
{
    // Doubled without an end, twenty waits of a second are twelve days.
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromMinutes(1);
    private readonly string _node;
    private readonly TimeSpan? _timeout;
    private readonly int _retries;
    private readonly TimeSpan _delay;
    private readonly ResiliencePipeline? _custom;
    private readonly Lazy<ResiliencePipeline>? _system;
    private readonly ConditionalWeakTable<TimeProvider, ResiliencePipeline> _others = [];

    public CallPipeline(string node, TimeSpan? timeout, int retries = 0, TimeSpan delay = default, ResiliencePipeline? custom = null)
    {
        _node = node;
        _timeout = timeout == Timeout.InfiniteTimeSpan ? null : timeout;
        _retries = retries;
        _delay = delay;
        _custom = custom;
        if (_timeout is not null || retries > 0 || custom is not null) _system = new(() => Create(TimeProvider.System));
    }

    /// <summary>Whether a call is made once and waited for as long as it takes.</summary>
    public bool IsPlain => _system is null;

    /// <summary>Makes the call. Never throws: the outcome tells what the last try did, and which failed before it.</summary>
    public async ValueTask<CallOutcome<T>> RunAsync<T>(NodeVisit visit, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        var tries = new CallTries<T>(this, visit, call, cancellationToken);
        try
        {
            var value = _system is null
                ? await tries.TryAsync(cancellationToken).ConfigureAwait(false)
                : await For(visit.Run.TimeProvider).ExecuteAsync(static (t, token) => t.TryAsync(token), tries, cancellationToken).ConfigureAwait(false);
            return new(value, null, tries.Failed, tries.Start, tries.Duration);
        }
        catch (Exception e)
        {
            // How this pipeline reports its time-out is its own affair; a client's own time-out is reported as the client did.
            var error = e is TimeoutRejectedException or OperationCanceledException ? tries.Late ?? e : e;
            return new(default, error, tries.Failed, tries.Start, tries.Duration);
        }
    }

    /// <summary>What is told of a call that was stopped although its caller goes on waiting.</summary>
    public TimeoutException TimedOut(Exception cause) => new(_timeout is { } timeout
        ? $"A call of the node '{_node}' took longer than {timeout}. Raise NodeOptions.Timeout, or retry."
        : $"A call of the node '{_node}' was stopped by the node's own pipeline. Raise its time-out, or retry.", cause);

    private ResiliencePipeline For(TimeProvider clock) =>
        clock == TimeProvider.System ? _system!.Value : _others.GetValue(clock, Create);

    private ResiliencePipeline Create(TimeProvider clock)
    {
        var builder = new ResiliencePipelineBuilder { TimeProvider = clock };
        if (_custom is not null) builder.AddPipeline(_custom);
        else if (_retries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                // A client's own time-out is an OperationCanceledException too, which Polly leaves alone unless told otherwise.
                ShouldHandle = static a => ValueTask.FromResult(a.Outcome.Exception is not (null or WorkflowBudgetException or IFinalFailure) && !a.Context.CancellationToken.IsCancellationRequested),
                MaxRetryAttempts = _retries,
                Delay = _delay,
                MaxDelay = _delay > s_longestDelay ? _delay : s_longestDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            });
        }

        if (_timeout is { } timeout) builder.AddTimeout(timeout);
        return builder.Build();
    }
}
