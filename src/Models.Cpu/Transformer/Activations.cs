namespace AgentTeams;

/// <summary>
/// The intermediate results of a batch, a row per token. Inference overwrites one layer's worth again and again; training keeps
/// every layer's for the backward pass.
/// </summary>
internal sealed unsafe class Activations
{
    private readonly ModelConfig _config;
    private readonly LayerActivations[] _layers;

    public Activations(ModelConfig config, bool keepLayers)
    {
        _config = config;
        KeepsLayers = keepLayers;
        var shared = new LayerActivations();
        _layers = [.. Enumerable.Range(0, config.Layers).Select(_ => keepLayers ? new LayerActivations() : shared)];
    }

    public bool KeepsLayers { get; }

    public int[] Ids { get; private set; } = [];

    public int[] Positions { get; private set; } = [];

    public FloatBuffer Hidden { get; } = new();

    public LayerActivations this[int layer] => _layers[layer];

    /// <summary>The residual stream before a layer, or behind the last one.</summary>
    public float* Stream(int layer) => layer < _layers.Length && KeepsLayers ? _layers[layer].Input : Hidden.Pointer;

    /// <summary>The residual stream in the middle of a layer.</summary>
    public float* Middle(int layer) => KeepsLayers ? _layers[layer].Middle : Hidden.Pointer;

    public void Reserve(int rows, int maxRank)
    {
        if (Ids.Length < rows)
        {
            Ids = new int[rows * 2];
            Positions = new int[rows * 2];
        }

        Hidden.Ensure((long)rows * _config.HiddenSize);
        foreach (var layer in _layers) layer.Reserve(_config, rows, maxRank);
    }
}

/// <summary>The intermediate results of one layer, a row per token.</summary>
internal sealed unsafe class LayerActivations
{
    private readonly FloatBuffer[] _buffers = [.. Enumerable.Range(0, 13).Select(_ => new FloatBuffer())];
    private readonly FloatBuffer[] _lowRank = [.. Enum.GetValues<ProjectionKind>().Select(_ => new FloatBuffer())];

    /// <summary>The residual stream before attention, and before the feed-forward layer.</summary>
    public float* Input => _buffers[0].Pointer;

    public float* Middle => _buffers[1].Pointer;

    /// <summary>Inverse root mean squares of the two, one value a row.</summary>
    public float* InputInverse => _buffers[2].Pointer;

    public float* MiddleInverse => _buffers[3].Pointer;

    public float* InputNormed => _buffers[4].Pointer;

    public float* MiddleNormed => _buffers[5].Pointer;

    public float* Query => _buffers[6].Pointer;

    public float* Key => _buffers[7].Pointer;

    public float* Value => _buffers[8].Pointer;

    public float* Attended => _buffers[9].Pointer;

    public float* Gate => _buffers[10].Pointer;

    public float* Up => _buffers[11].Pointer;

    public float* Activated => _buffers[12].Pointer;

    /// <summary>Scaled inner products of adapters, maxRank values reserved for a row.</summary>
    public float* LowRank(ProjectionKind kind) => _lowRank[(int)kind].Pointer;

    public void Reserve(ModelConfig config, int rows, int maxRank)
    {
        long query = config.Heads * config.HeadSize, keyValue = config.KeyValueHeads * config.HeadSize;
        long[] widths = [config.HiddenSize, config.HiddenSize, 1, 1, config.HiddenSize, config.HiddenSize, query, keyValue, keyValue, query, config.IntermediateSize, config.IntermediateSize, config.IntermediateSize];
        for (var i = 0; i < widths.Length; i++) _buffers[i].Ensure(widths[i] * rows);
        foreach (var buffer in _lowRank) buffer.Ensure((long)maxRank * rows);
    }
}
