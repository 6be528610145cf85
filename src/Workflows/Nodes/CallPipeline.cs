using System.Runtime.CompilerServices;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace AgentTeams;

/// <summary>The retries and the timeout around each call of a node; built once per clock, not per call.</summary>
internal sealed class CallPipeline
{
    private readonly string _node;
    private readonly TimeSpan? _timeout;
    private readonly int _retries;
    private readonly TimeSpan _delay;
    private readonly ResiliencePipeline? _custom;
    private readonly ResiliencePipeline? _system;
    private readonly ConditionalWeakTable<TimeProvider, ResiliencePipeline> _others = [];

    public CallPipeline(string node, TimeSpan? timeout, int retries = 0, TimeSpan delay = default, ResiliencePipeline? custom = null)
    {
        _node = node;
        _timeout = timeout;
        _retries = retries;
        _delay = delay;
        _custom = custom;
        if (timeout is not null || retries > 0 || custom is not null) _system = Create(TimeProvider.System);
    }

    /// <summary>Makes the call. Never throws: the outcome tells what the last try did; failed tries before it are recorded.</summary>
    public async ValueTask<CallOutcome<T>> RunAsync<T>(NodeVisit visit, TrajectoryNode template, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        var tries = new CallTries<T>(visit, template, call);
        try
        {
            var value = _system is null
                ? await tries.TryAsync(cancellationToken).ConfigureAwait(false)
                : await For(visit.Run.TimeProvider).ExecuteAsync(static (t, token) => t.TryAsync(token), tries, cancellationToken).ConfigureAwait(false);
            return new(value, null, tries.Start, tries.Duration);
        }
        catch (TimeoutRejectedException e)
        {
            return new(default, new TimeoutException($"A call of the node '{_node}' took longer than {e.Timeout}. Raise NodeOptions.Timeout, or retry.", e), tries.Start, tries.Duration);
        }
        catch (Exception e)
        {
            return new(default, e, tries.Start, tries.Duration);
        }
    }

    private ResiliencePipeline For(TimeProvider clock) =>
        clock == TimeProvider.System ? _system! : _others.GetValue(clock, Create);

    private ResiliencePipeline Create(TimeProvider clock)
    {
        var builder = new ResiliencePipelineBuilder { TimeProvider = clock };
        if (_custom is not null) builder.AddPipeline(_custom);
        else if (_retries > 0)
            builder.AddRetry(new RetryStrategyOptions { MaxRetryAttempts = _retries, Delay = _delay, BackoffType = DelayBackoffType.Exponential, UseJitter = true });
        if (_timeout is { } timeout) builder.AddTimeout(timeout);
        return builder.Build();
    }
}
