using System.Collections.Concurrent;

namespace AgentTeams;

/// <summary>
/// Batches all concurrent requests of a model: requests join between two forward passes and leave when they end. Equal prompts
/// that join together are computed once. One thread of its own drives the engine.
/// </summary>
internal sealed class GenerationScheduler : IDisposable
{
    private readonly IInferenceEngine _engine;
    private readonly Func<Policy, long> _weightsVersion;
    private readonly int _maxConcurrent;
    private readonly BlockingCollection<GenerationRequest> _queue = [];
    private readonly List<ActiveSequence> _active = [];
    private readonly List<ActiveSequence> _joining = [];
    private readonly Dictionary<int[], ActiveSequence> _prompts = new(PromptComparer.Instance);
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private SequenceChunk[] _chunks = [];
    private float[] _logits = [];

    public GenerationScheduler(string name, IInferenceEngine engine, Func<Policy, long> weightsVersion, int maxConcurrent)
    {
        (_engine, _weightsVersion, _maxConcurrent) = (engine, weightsVersion, maxConcurrent);
        _thread = new Thread(Run) { IsBackground = true, Name = $"AgentTeams {name}" };
        _thread.Start();
    }

    public Task<GenerationResult> Enqueue(GenerationRequest request)
    {
        if (request.PromptIds.Length + request.MaxTokens > _engine.MaxPositions + 1)
            throw new AgentTeamsException($"A prompt of {request.PromptIds.Length} tokens and {request.MaxTokens} to be generated exceed the model's {_engine.MaxPositions} positions. Shorten the prompt or lower MaxOutputTokens.");
        try
        {
            _queue.Add(request, CancellationToken.None);
        }
        catch (InvalidOperationException e)
        {
            throw new AgentTeamsException("The model was disposed, or its engine failed before. Load it again.", e);
        }

        return request.Completion.Task;
    }

    public void Dispose()
    {
        _queue.CompleteAdding();
        _stop.Cancel();
        _thread.Join();
        _queue.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        try
        {
            while (Admit()) Step();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Fail(e);
        }
        catch (OperationCanceledException)
        {
            Fail(new ObjectDisposedException(nameof(GenerationScheduler)));
        }
    }

    private void Fail(Exception e)
    {
        foreach (var sequence in _active) sequence.Request.Completion.TrySetException(e);
        foreach (var sequence in _joining) sequence.Request.Completion.TrySetException(e);
        _queue.CompleteAdding();
        while (_queue.TryTake(out var request)) request.Completion.TrySetException(e);
    }

    private bool Admit()
    {
        if (_active.Count == 0)
        {
            if (_queue.IsCompleted) return false;
            Join(_queue.Take(_stop.Token));
        }

        while (_active.Count + _joining.Count < _maxConcurrent && _queue.TryTake(out var request)) Join(request);
        _stop.Token.ThrowIfCancellationRequested();
        return true;
    }

    private void Join(GenerationRequest request)
    {
        if (request.CancellationToken.IsCancellationRequested)
            request.Completion.TrySetCanceled(request.CancellationToken);
        else
            _joining.Add(new ActiveSequence(request, _engine.Open(request.Policy, request.PromptIds.Length + request.MaxTokens), _weightsVersion(request.Policy)));
    }

    private void Step()
    {
        Leave(s => s.Request.CancellationToken.IsCancellationRequested);
        var first = _active.Count;
        AddJoining();
        var count = _active.Count;
        if (count == 0) return;
        var vocabulary = _engine.VocabularySize;
        if (_chunks.Length < count) Array.Resize(ref _chunks, Math.Max(count, _chunks.Length * 2));
        if (_logits.Length < count * vocabulary) _logits = new float[count * vocabulary * 2];

        var computed = 0;
        for (var i = 0; i < count; i++)
        {
            if (i >= first && _active[i].Source is not null) continue;
            _active[i].Slot = computed;
            _chunks[computed++] = _active[i].NextChunk();
        }

        _engine.Forward(_chunks.AsSpan(0, computed), _logits.AsSpan(0, computed * vocabulary));
        for (var i = 0; i < count; i++)
        {
            var sequence = _active[i];
            if (sequence.Source is { } source)
            {
                sequence.Cache.CopyPrefixFrom(source.Cache, source.Request.PromptIds.Length);
                sequence.Slot = source.Slot;
                sequence.Source = null;
            }

            sequence.Accept(_logits.AsSpan(sequence.Slot * vocabulary, vocabulary));
        }

        Leave(s => s.IsComplete);
    }

    private void AddJoining()
    {
        foreach (var sequence in _joining)
        {
            if (_prompts.TryGetValue(sequence.Request.PromptIds, out var source) && source.Request.Policy == sequence.Request.Policy)
                sequence.Source = source;
            else
                _prompts[sequence.Request.PromptIds] = sequence;
            _active.Add(sequence);
        }

        _joining.Clear();
        _prompts.Clear();
    }

    private void Leave(Func<ActiveSequence, bool> leaves)
    {
        var kept = 0;
        for (var i = 0; i < _active.Count; i++)
        {
            var sequence = _active[i];
            if (leaves(sequence)) sequence.Finish();
            else _active[kept++] = sequence;
        }

        _active.RemoveRange(kept, _active.Count - kept);
    }

    private sealed class PromptComparer : IEqualityComparer<int[]>
    {
        public static PromptComparer Instance { get; } = new();

        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] ids)
        {
            var hash = new HashCode();
            foreach (var id in ids) hash.Add(id);
            return hash.ToHashCode();
        }
    }
}
