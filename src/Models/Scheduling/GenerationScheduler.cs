using System.Runtime.InteropServices;

namespace AgentTeams.Models;

/// <summary>
/// Batches all concurrent requests of a model: requests join between two forward passes and leave when they end. Equal prompts
/// are computed once, and so are equal beginnings. One thread of its own drives the engine.
/// </summary>
internal sealed class GenerationScheduler : IGenerator, IDisposable
{
    private readonly IInferenceEngine _engine;
    private readonly Func<PolicyId, long> _weightsVersion;
    private readonly GenerationLimits _limits;
    private readonly AdmissionQueue _queue;
    private readonly List<ActiveSequence> _active = [];
    private readonly List<TokenDraw> _draws = [];
    private readonly Dictionary<int[], ActiveSequence> _prefilling = new(PromptComparer.Instance);
    private readonly Dictionary<int, ActiveSequence> _firstPages = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private SequenceChunk[] _chunks = [];
    private float[] _logits = [];
    private DrawnToken[] _tokens = [];
    private long _promptTokens;
    private long _prefilledTokens;
    private long _generatedTokens;
    private long _passes;
    private bool _disposed;

    public GenerationScheduler(string name, IInferenceEngine engine, Func<PolicyId, long> weightsVersion, GenerationLimits limits)
    {
        (_engine, _weightsVersion, _limits, _queue) = (engine, weightsVersion, limits, new AdmissionQueue(limits.MaxQueued));
        _thread = new Thread(Run) { IsBackground = true, Name = $"AgentTeams {name}" };
        _thread.Start();
    }

    public GenerationStatistics Statistics => new()
    {
        PromptTokens = Interlocked.Read(ref _promptTokens), PrefilledTokens = Interlocked.Read(ref _prefilledTokens),
        GeneratedTokens = Interlocked.Read(ref _generatedTokens), Passes = Interlocked.Read(ref _passes),
    };

    public async Task<GenerationResult> Enqueue(GenerationRequest request)
    {
        if (request.PromptIds.Length == 0)
            throw new AgentTeamsException("The prompt is empty. Give at least one token to go on from.");
        if (request.PromptIds.Length + request.MaxTokens > _engine.MaxPositions + 1)
            throw new AgentTeamsException($"A prompt of {request.PromptIds.Length} tokens and {request.MaxTokens} to be generated exceed the model's {_engine.MaxPositions} positions. Shorten the prompt or lower MaxOutputTokens.");
        if (CapacityOf(request) > _engine.MaxCachedPositions)
            throw new AgentTeamsException($"A prompt of {request.PromptIds.Length} tokens and {request.MaxTokens} to be generated need more memory than the {_engine.MaxCachedPositions} positions that the cache may hold. Shorten the prompt, lower MaxOutputTokens, or raise CacheMemory.");
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

    private static int CapacityOf(GenerationRequest request) => request.PromptIds.Length + request.MaxTokens;

    private void Run()
    {
        try
        {
            while (!_queue.IsCompleted || _active.Count > 0)
            {
                _queue.Collect(block: _active.Count == 0, _stop.Token);
                _stop.Token.ThrowIfCancellationRequested();
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
            sequence.Cache.Dispose();
            sequence.Request.Completion.TrySetException(e);
            foreach (var request in sequence.Followers)
            {
                request.Completion.TrySetException(e);
                _queue.Left();
            }
        }

        _active.Clear();
        _prefilling.Clear();
        _firstPages.Clear();
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
        if (_prefilling.TryGetValue(request.PromptIds, out var same) && same.Request.Policy == request.Policy)
        {
            same.Followers.Add(request);
            return true;
        }

        ICachedSequence? cache;
        try
        {
            cache = _engine.TryOpen(request.Policy, request.PromptIds, CapacityOf(request));
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

        if (SharesMoreWithOneUnderWay(request, cache.Length))
        {
            cache.Dispose();
            return false;
        }

        Join(request, cache);
        return true;
    }

    // What is being computed for another prompt right now will be known after the next passes.
    private bool SharesMoreWithOneUnderWay(GenerationRequest request, int known)
    {
        if (!_firstPages.TryGetValue(FirstPageOf(request), out var other) || other.Request.Policy != request.Policy) return false;
        return request.PromptIds.AsSpan().CommonPrefixLength(other.Request.PromptIds) / _engine.PageSize * _engine.PageSize > known;
    }

    private int FirstPageOf(GenerationRequest request) => PromptComparer.Hash(request.PromptIds.AsSpan(0, Math.Min(_engine.PageSize, request.PromptIds.Length)));

    private ActiveSequence Join(GenerationRequest request, ICachedSequence cache)
    {
        var sequence = new ActiveSequence(request, cache, _weightsVersion(request.Policy));
        _active.Add(sequence);
        _queue.Left();
        Interlocked.Add(ref _promptTokens, request.PromptIds.Length);
        if (cache.Length < request.PromptIds.Length)
        {
            _prefilling.TryAdd(request.PromptIds, sequence);
            _firstPages.TryAdd(FirstPageOf(request), sequence);
        }

        return sequence;
    }

    private void Step()
    {
        var count = _active.Count;
        if (count == 0) return;
        if (_chunks.Length < count) _chunks = new SequenceChunk[count * 2];
        var (computed, wanted, vocabulary) = (0, 0, _engine.VocabularySize);
        var budget = _limits.TokensPerPass;
        for (var i = 0; i < count; i++)
        {
            if (!_active[i].TryNext(ref budget, out var chunk)) continue;
            _chunks[computed++] = chunk;
            if (chunk.WantsLogits) wanted++;
        }

        Interlocked.Add(ref _prefilledTokens, _limits.TokensPerPass - budget);
        Interlocked.Increment(ref _passes);
        if (_logits.Length < wanted * vocabulary) _logits = new float[wanted * vocabulary];
        Forward(count, computed, wanted * vocabulary);
        var (slot, draw) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            if (_active[i] is not { IsComputed: true, HasLogits: true } sequence) continue;
            var drawn = DrawnOf(slot, ref draw);
            var logits = _logits.AsSpan(slot++ * vocabulary, vocabulary);
            if (sequence.IsPrefilling) EndPrompt(sequence, logits, ref drawn);
            Accept(sequence, logits, ref drawn);
        }
    }

    private void Forward(int active, int chunks, int logits)
    {
        _draws.Clear();
        if (_engine is not ISamplingEngine engine)
        {
            _engine.Forward(_chunks.AsSpan(0, chunks), _logits.AsSpan(0, logits));
            return;
        }

        var row = 0;
        for (var i = 0; i < active; i++)
        {
            if (_active[i] is { IsComputed: true, HasLogits: true } sequence) sequence.AddDraws(_draws, row++);
        }

        if (_tokens.Length < _draws.Count) _tokens = new DrawnToken[_draws.Count * 2];
        engine.Forward(_chunks.AsSpan(0, chunks), CollectionsMarshal.AsSpan(_draws), _tokens.AsSpan(0, _draws.Count), _logits.AsSpan(0, logits));
    }

    // The tokens that the engine drew from the logits of a row, in the order of their draws; none if it left that to the scheduler.
    private ReadOnlySpan<DrawnToken> DrawnOf(int row, ref int draw)
    {
        var first = draw;
        while (draw < _draws.Count && _draws[draw].Row == row) draw++;
        return _tokens.AsSpan(first, draw - first);
    }

    private void EndPrompt(ActiveSequence sequence, ReadOnlySpan<float> logits, ref ReadOnlySpan<DrawnToken> drawn)
    {
        Forget(sequence);
        sequence.Cache.Keep(sequence.Request.PromptIds);
        foreach (var request in sequence.Followers)
        {
            if (sequence.Cache.Fork(CapacityOf(request)) is { } fork)
            {
                Accept(Join(request, fork), logits, ref drawn);
                continue;
            }

            _queue.Return(request);
            if (!drawn.IsEmpty) drawn = drawn[1..];
        }

        sequence.Followers.Clear();
    }

    private void Accept(ActiveSequence sequence, ReadOnlySpan<float> logits, ref ReadOnlySpan<DrawnToken> drawn)
    {
        if (drawn.IsEmpty)
        {
            sequence.Accept(logits);
        }
        else
        {
            sequence.Accept(drawn[0]);
            drawn = drawn[1..];
        }

        Interlocked.Increment(ref _generatedTokens);
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

            if (sequence.IsPrefilling) Forget(sequence);
            foreach (var request in sequence.Followers) _queue.Return(request);
            sequence.Finish();
        }

        _active.RemoveRange(kept, _active.Count - kept);
    }

    private void Forget(ActiveSequence sequence)
    {
        if (_prefilling.TryGetValue(sequence.Request.PromptIds, out var same) && same == sequence) _prefilling.Remove(sequence.Request.PromptIds);
        var page = FirstPageOf(sequence.Request);
        if (_firstPages.TryGetValue(page, out var first) && first == sequence) _firstPages.Remove(page);
    }
}
