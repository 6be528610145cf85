namespace AgentTeams.Models;

/// <summary>
/// Batches all concurrent requests of a model: requests join between two forward passes and leave when they end. Equal prompts
/// are computed once, and so are equal beginnings. One thread of its own drives the engine.
/// </summary>
internal sealed class GenerationScheduler : IGenerator, IDisposable
{
    private readonly IInferenceEngine _engine;
    private readonly ISampledWeightsStore _weights;
    private readonly GenerationLimits _limits;
    private readonly AdmissionQueue _queue;
    private readonly List<ActiveSequence> _active = [];
    private readonly ForwardStep _step;
    private readonly PromptsUnderWay _prefilling;
    private readonly GenerationCounters _counters = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _pass = new();
    private int _waiting;
    private readonly Thread _thread;
    private bool _disposed;

    public GenerationScheduler(string name, IInferenceEngine engine, ISampledWeightsStore weights, GenerationLimits limits)
    {
        (_engine, _weights, _limits, _queue) = (engine, weights, limits, new AdmissionQueue(limits.MaxQueued));
        (_step, _prefilling) = (new ForwardStep(engine, limits.TokensPerPass), new PromptsUnderWay(engine.PageSize));
        _thread = new Thread(Run) { IsBackground = true, Name = $"AgentTeams {name}" };
        _thread.Start();
    }

    public GenerationStatistics Statistics => _counters.Read();

    public async Task<GenerationResult> Enqueue(GenerationRequest request)
    {
        request.Check(_engine);
        await _queue.EnqueueAsync(request).ConfigureAwait(false);
        // Whoever cancels goes on at once; the scheduler's thread finds out before its next pass.
        using var cancelled = request.CancellationToken.UnsafeRegister(static (r, token) => ((GenerationRequest)r!).Completion.TrySetCanceled(token), request);
        return await request.Completion.Task.ConfigureAwait(false);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true)) return;
        _queue.Complete();
        _stop.Cancel();
        _thread.Join();
        _queue.Dispose();
        _stop.Dispose();
    }

    /// <summary>Does something when no pass is under way, so that weights may be exchanged; passes wait for its end.</summary>
    public T BetweenPasses<T>(Func<T> work)
    {
        Interlocked.Increment(ref _waiting);
        var entered = false;
        try
        {
            _pass.Enter();
            entered = true;
            Interlocked.Decrement(ref _waiting);
            return work();
        }
        finally
        {
            if (entered) _pass.Exit();
        }
    }

    private void Run()
    {
        try
        {
            while (!_queue.IsCompleted || _active.Count > 0)
            {
                _queue.Collect(block: _active.Count == 0, _stop.Token);
                _stop.Token.ThrowIfCancellationRequested();
                // Who waits for the end of a pass is not to wait for many.
                if (Volatile.Read(ref _waiting) > 0) SpinWait.SpinUntil(() => Volatile.Read(ref _waiting) == 0);
                lock (_pass)
                {
                    try
                    {
                        Pass();
                    }
                    catch (Exception e)
                    {
                        // What was under way is lost, for want of memory mostly; the next requests may fit.
                        FailActive(e);
                    }
                }
            }
        }
        catch (OperationCanceledException e)
        {
            Fail(AdmissionQueue.Disposed(e));
        }
        catch (InvalidOperationException) when (_queue.IsCompleted)
        {
            // The queue was completed while the thread waited for a request.
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void Pass()
    {
        Leave(s => s.Request.CancellationToken.IsCancellationRequested);
        foreach (var sequence in _active) _queue.DropCancelled(sequence.Followers);
        _queue.DropCancelled(_queue.Waiting);
        Admit();
        Step();
        Leave(s => s.IsComplete);
    }

    private void Fail(Exception e)
    {
        _queue.Complete();
        _queue.Collect(block: false, CancellationToken.None);
        FailActive(e);
        foreach (var request in _queue.Waiting) request.Completion.TrySetException(e);
    }

    private void FailActive(Exception e)
    {
        foreach (var sequence in _active)
        {
            sequence.Release();
            sequence.Request.Completion.TrySetException(e);
            foreach (var request in sequence.Followers)
            {
                request.Completion.TrySetException(e);
                _queue.Left();
            }
        }

        _active.Clear();
        _prefilling.Clear();
    }

    private void Admit()
    {
        var kept = 0;
        var full = false;
        var waiting = _queue.Waiting;
        for (var i = 0; i < waiting.Count; i++)
        {
            full = full || _active.Count >= _limits.MaxSequences;
            if (full || !TryJoin(waiting[i], out full)) waiting[kept++] = waiting[i];
        }

        waiting.RemoveRange(kept, waiting.Count - kept);
    }

    private bool TryJoin(GenerationRequest request, out bool full)
    {
        full = false;
        if (_weights.Find(request.Policy, request.Version) is not { } weights)
        {
            request.Completion.TrySetException(_weights.Missing(request.Policy, request.Version!.Value));
            _queue.Left();
            return true;
        }

        if (_prefilling.Find(request, weights) is { } same)
        {
            same.Followers.Add(request);
            return true;
        }

        ICachedSequence? cache;
        try
        {
            cache = _engine.TryOpen(weights, request.PromptIds, request.Capacity);
        }
        catch (Exception e)
        {
            request.Completion.TrySetException(e);
            _queue.Left();
            return true;
        }

        if (cache is null)
        {
            full = true;
            return false;
        }

        if (_prefilling.ShareMore(request, weights, cache.Length) || Join(request, cache, weights) is null)
        {
            cache.Dispose();
            return false;
        }

        return true;
    }

    // Null where the request's draft has to wait for memory. One that never finds any, or whose weights are gone, is not tried.
    private ActiveSequence? Join(GenerationRequest request, ICachedSequence cache, SampledWeights weights)
    {
        DraftUnderWay? draft = null;
        if (request.Draft is { } wanted && _weights.Find(request.Policy, wanted.Version) is { } old)
        {
            draft = DraftUnderWay.TryOpen(_engine, request, old);
            if (draft is null && _active.Count > 0) return null;
        }

        weights.Hold();
        var sequence = new ActiveSequence(request, cache, weights, draft);
        _active.Add(sequence);
        _queue.Left();
        _counters.Joined(request.PromptIds.Length);
        if (cache.Length < request.PromptIds.Length) _prefilling.Add(sequence);
        return sequence;
    }

    private void Step()
    {
        // Those that join below, in the middle of the pass, have their turn in the next.
        var count = _active.Count;
        if (count == 0) return;
        _counters.Passed(_step.Collect(_active));
        _step.Run(_active);
        var (row, draw) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            if (_active[i] is not { IsComputed: true, LogitRows: > 0 } sequence) continue;
            var drawn = _step.DrawnOf(row, ref draw);
            var logits = _step.LogitsOf(row, sequence.LogitRows);
            row += sequence.LogitRows;
            if (sequence.IsPrefilling) EndPrompt(sequence, logits, ref drawn);
            Accept(sequence, logits, ref drawn);
        }
    }

    private void EndPrompt(ActiveSequence sequence, Span<float> logits, ref ReadOnlySpan<DrawnToken> drawn)
    {
        _prefilling.Remove(sequence);
        sequence.Cache.Keep(sequence.Request.PromptIds);
        foreach (var request in sequence.Followers)
        {
            if (sequence.Cache.Fork(request.Capacity) is { } fork)
            {
                if (Join(request, fork, sequence.Weights) is { } joined)
                {
                    joined.BeginAtPromptEnd();
                    Accept(joined, logits, ref drawn);
                    continue;
                }

                fork.Dispose();
            }

            _queue.Return(request);
            if (!drawn.IsEmpty) drawn = drawn[1..];
        }

        sequence.Followers.Clear();
    }

    private void Accept(ActiveSequence sequence, Span<float> logits, ref ReadOnlySpan<DrawnToken> drawn)
    {
        var before = sequence.Count;
        if (drawn.IsEmpty)
        {
            sequence.Accept(logits);
        }
        else
        {
            sequence.Accept(drawn[0]);
            drawn = drawn[1..];
        }

        _counters.Generated(sequence.Count - before);
    }

    private void Leave(Func<ActiveSequence, bool> leaves)
    {
        var kept = 0;
        for (var i = 0; i < _active.Count; i++)
        {
            var sequence = _active[i];
            if (!leaves(sequence))
            {
                _active[kept++] = sequence;
                continue;
            }

            if (sequence.IsPrefilling) _prefilling.Remove(sequence);
            foreach (var request in sequence.Followers) _queue.Return(request);
            sequence.Finish();
        }

        _active.RemoveRange(kept, _active.Count - kept);
    }
}
