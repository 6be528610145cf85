namespace AgentTeams.Tests;

/// <summary>An engine whose passes wait until a test lets them go.</summary>
internal sealed class GatedEngine : IInferenceEngine, IDisposable
{
    private readonly SemaphoreSlim _passes = new(0);
    private readonly SemaphoreSlim _begun = new(0);

    /// <summary>What the next pass throws; null for nothing.</summary>
    public Exception? Failure { get; set; }

    public int VocabularySize => 4;

    public int MaxPositions => 1000;

    public long MaxCachedPositions => 100_000;

    public int PageSize => 16;

    public ICachedSequence? TryOpen(SampledWeights weights, ReadOnlySpan<int> promptIds, int capacity) => new Sequence(0);

    public void Forget(SampledWeights weights) { }

    public void Forward(ReadOnlySpan<SequenceChunk> chunks, ReadOnlySpan<TokenDraw> draws, Span<DrawnToken> tokens, Span<float> logits)
    {
        _begun.Release();
        _passes.Wait();
        if (Failure is { } failure)
        {
            Failure = null;
            throw failure;
        }

        foreach (var chunk in chunks) ((Sequence)chunk.Sequence).Length += chunk.Count;
        logits.Clear();
        for (var i = 0; i < draws.Length; i++) tokens[i] = Sampler.Draw(logits[..VocabularySize], draws[i].Temperature, draws[i].Uniform);
    }

    /// <summary>Completes when a pass has begun that was not waited for yet.</summary>
    public Task BegunAsync() => _begun.WaitAsync();

    public void Release(int passes) => _passes.Release(passes);

    public void Dispose()
    {
        _passes.Dispose();
        _begun.Dispose();
    }

    private sealed class Sequence(int length) : ICachedSequence
    {
        public int Length { get; set; } = length;

        public ICachedSequence? Fork(int capacity) => new Sequence(Length);

        public void Truncate(int length) => Length = length;

        public void Keep(ReadOnlySpan<int> ids) { }

        public void Dispose() { }
    }
}
