namespace AgentTeams.Models;

/// <summary>The intermediate results of one layer, a row per token.</summary>
internal sealed unsafe class LayerActivations
{
    private readonly (FloatBuffer Buffer, long Width)[] _buffers;
    private readonly FloatBuffer[] _lowRank = [.. Enum.GetValues<ProjectionKind>().Select(_ => new FloatBuffer())];

    public LayerActivations(ModelConfig config, bool keepsMiddle)
    {
        var (query, key) = (config.Heads * config.HeadSize, config.KeyValueHeads * config.HeadSize);
        var normed = config.QueryKeyNorm ? 1 : 0;
        var post = config.Family.HasPostNorms ? 1 : 0;
        long[] widths =
        [
            keepsMiddle ? config.HiddenSize : 0, 1, 1, config.HiddenSize, config.HiddenSize, query, key, key, query,
            config.IntermediateSize, config.IntermediateSize, config.IntermediateSize, normed * query, normed * key, normed * config.Heads,
            normed * config.KeyValueHeads,
            post * config.HiddenSize, post, post * config.HiddenSize, post,
        ];
        _buffers = [.. widths.Select(w => (new FloatBuffer(), w))];
        HasRaw = config.QueryKeyNorm;
    }

    private bool HasRaw { get; }

    /// <summary>The residual stream before the feed-forward layer.</summary>
    public float* Middle => Buffer(0);

    /// <summary>Inverse root mean squares of the stream before attention and before the feed-forward layer, one value a row.</summary>
    public float* InputInverse => Buffer(1);

    public float* MiddleInverse => Buffer(2);

    public float* InputNormed => Buffer(3);

    public float* MiddleNormed => Buffer(4);

    public float* Query => Buffer(5);

    public float* Key => Buffer(6);

    public float* Value => Buffer(7);

    public float* Attended => Buffer(8);

    public float* Gate => Buffer(9);

    public float* Up => Buffer(10);

    public float* Activated => Buffer(11);

    /// <summary>Queries and keys before their norm; the same memory as after it where there is none.</summary>
    public float* QueryRaw => HasRaw ? Buffer(12) : Query;

    public float* KeyRaw => HasRaw ? Buffer(13) : Key;

    /// <summary>Inverse root mean squares of queries and keys, one value a head.</summary>
    public float* QueryInverse => Buffer(14);

    public float* KeyInverse => Buffer(15);

    /// <summary>
    /// What attention and the feed-forward layer give before their norms, and inverse root mean squares, one value a row; only where there are such
    /// norms.
    /// </summary>
    public float* AttentionOutput => Buffer(16);

    public float* AttentionInverse => Buffer(17);

    public float* FeedForwardOutput => Buffer(18);

    public float* FeedForwardInverse => Buffer(19);

    /// <summary>Scaled inner products of adapters, as many values a row as the adapter's rank where there is one adapter, else maxRank.</summary>
    public float* LowRank(ProjectionKind kind) => _lowRank[(int)kind].Pointer;

    public void Reserve(long rows, int maxRank)
    {
        foreach (var (buffer, width) in _buffers) buffer.Ensure(width * rows);
        foreach (var buffer in _lowRank) buffer.Ensure(maxRank * rows);
    }

    private float* Buffer(int index) => _buffers[index].Buffer.Pointer;
}
