namespace AgentTeams.Models;

/// <summary>Gradients of one layer's intermediate results, a row per token; every layer uses the same memory.</summary>
internal sealed unsafe class BackwardBuffers
{
    private readonly FloatBuffer[] _buffers = [.. Enumerable.Range(0, 14).Select(_ => new FloatBuffer())];
    private readonly FloatBuffer[] _lowRank = [.. Enum.GetValues<ProjectionKind>().Select(_ => new FloatBuffer())];
    private int _output;
    private bool _hasRaw;
    private bool _hasPostNorms;

    /// <summary>The gradient of the residual stream behind the current layer.</summary>
    public float* Output => _buffers[_output].Pointer;

    /// <summary>The gradient of the residual stream before the current layer.</summary>
    public float* Input => _buffers[1 - _output].Pointer;

    public float* Middle => _buffers[2].Pointer;

    public float* MiddleNormed => _buffers[3].Pointer;

    public float* InputNormed => _buffers[4].Pointer;

    public float* Attended => _buffers[5].Pointer;

    public float* Query => _buffers[6].Pointer;

    public float* Key => _buffers[7].Pointer;

    public float* Value => _buffers[8].Pointer;

    public float* Activated => _buffers[9].Pointer;

    /// <summary>Gradients of queries and keys before their norm; the same memory as after it where there is none.</summary>
    public float* QueryRaw => _hasRaw ? _buffers[10].Pointer : Query;

    public float* KeyRaw => _hasRaw ? _buffers[11].Pointer : Key;

    /// <summary>Gradients of what attention and the feed-forward layer give; those of the streams that they join where there is no norm between.</summary>
    public float* AttentionOutput => _hasPostNorms ? _buffers[12].Pointer : Middle;

    public float* FeedForwardOutput => _hasPostNorms ? _buffers[13].Pointer : Output;

    public float* LowRank(ProjectionKind kind) => _lowRank[(int)kind].Pointer;

    public void Reserve(ModelConfig config, long rows, int rank)
    {
        (_hasRaw, _hasPostNorms) = (config.QueryKeyNorm, config.Family.HasPostNorms);
        var (query, keyValue) = ((long)config.Heads * config.HeadSize, (long)config.KeyValueHeads * config.HeadSize);
        for (var i = 0; i < 5; i++) _buffers[i].Ensure(rows * config.HiddenSize);
        long[] widths = [query, query, keyValue, keyValue, config.IntermediateSize, _hasRaw ? query : 0, _hasRaw ? keyValue : 0];
        for (var i = 0; i < widths.Length; i++) _buffers[5 + i].Ensure(rows * widths[i]);
        if (_hasPostNorms) foreach (var buffer in _buffers[12..]) buffer.Ensure(rows * config.HiddenSize);
        foreach (var buffer in _lowRank) buffer.Ensure(rows * rank);
        _output = 0;
        _buffers[0].EnsureZeroed(rows * config.HiddenSize);
    }

    /// <summary>Makes the gradient before this layer the one behind the next lower layer.</summary>
    public void Descend() => _output = 1 - _output;
}
