using System.Runtime.CompilerServices;

namespace AgentTeams.Models;

/// <summary>Inference of one model and its adapters. The decode loop allocates nothing once its buffers have grown.</summary>
internal sealed class CpuInferenceEngine : IInferenceEngine
{
    private readonly ModelConfig _config;
    private readonly RotaryTables _rotary;
    private readonly Activations _activations;
    private readonly PagedCache _cache;
    private readonly WorkerPool _pool;
    private readonly ConditionalWeakTable<DecoderWeights, InferencePass> _passes = [];
    private readonly List<DecoderWeights> _below = [];

    public CpuInferenceEngine(DecoderWeights weights, RotaryTables rotary, WorkerPool pool, CpuModelOptions options)
    {
        (_config, _rotary, _pool) = (weights.Config, rotary, pool);
        _activations = new Activations(weights.Config, ActivationStorage.Transient);
        _cache = new PagedCache(weights.Config, options.CacheMemory, options.PrefixMemory);
    }

    public int VocabularySize => _config.VocabularySize;

    public int MaxPositions => _config.MaxPositions;

    public long MaxCachedPositions => _cache.MaxPositions;

    public int PageSize => PageLayout.Positions;

    public ICachedSequence? TryOpen(SampledWeights weights, ReadOnlySpan<int> promptIds, int capacity) => _cache.TryOpen(weights, promptIds, capacity);

    public void Forget(SampledWeights weights) => _cache.Forget(weights);

    public void Forward(ReadOnlySpan<SequenceChunk> chunks, ReadOnlySpan<TokenDraw> draws, Span<DrawnToken> tokens, Span<float> logits)
    {
        _below.Clear();
        foreach (var chunk in chunks)
        {
            var below = BelowOf((PagedSequence)chunk.Sequence);
            if (!_below.Contains(below)) _below.Add(below);
        }

        foreach (var below in _below)
        {
            if (!_passes.TryGetValue(below, out var pass)) _passes.Add(below, pass = new InferencePass(below, _rotary, _activations, _pool));
            pass.Run(chunks, draws, tokens, logits);
        }

        _below.Clear();
    }

    /// <summary>The model's own weights that a sequence is sampled with.</summary>
    public static DecoderWeights BelowOf(PagedSequence sequence) => ((FrozenWeights)sequence.Weights.Below!).Weights;
}
