namespace AgentTeams.Models;

/// <summary>What is kept of a layer's intermediate results after the forward pass.</summary>
internal enum ActivationStorage
{
    /// <summary>Nothing: inference overwrites one layer's worth again and again.</summary>
    Transient,

    /// <summary>Everything the backward pass needs.</summary>
    Kept,

    /// <summary>The residual stream before each layer; the backward pass computes the rest again (Chen et al. 2016).</summary>
    Recomputed,
}

/// <summary>The intermediate results of a batch, a row per token.</summary>
internal sealed unsafe class Activations
{
    private readonly ModelConfig _config;
    private readonly ActivationStorage _storage;
    private readonly LayerActivations[] _layers;
    private readonly FloatBuffer[] _streams;

    public Activations(ModelConfig config, ActivationStorage storage)
    {
        (_config, _storage) = (config, storage);
        var kept = storage == ActivationStorage.Kept;
        var shared = new LayerActivations(config, keepsMiddle: storage != ActivationStorage.Transient);
        _layers = [.. Enumerable.Range(0, config.Layers).Select(_ => kept ? new LayerActivations(config, keepsMiddle: true) : shared)];
        _streams = [.. Enumerable.Range(0, storage == ActivationStorage.Transient ? 0 : config.Layers).Select(_ => new FloatBuffer())];
    }

    public ActivationStorage Storage => _storage;

    public int[] Ids { get; private set; } = [];

    public int[] Positions { get; private set; } = [];

    public FloatBuffer Hidden { get; } = new();

    public LayerActivations this[int layer] => _layers[layer];

    /// <summary>The residual stream before a layer, or behind the last one.</summary>
    public float* Stream(int layer) => layer < _streams.Length ? _streams[layer].Pointer : Hidden.Pointer;

    /// <summary>The residual stream in the middle of a layer.</summary>
    public float* Middle(int layer) => _storage == ActivationStorage.Transient ? Hidden.Pointer : _layers[layer].Middle;

    public void Reserve(int rows, int maxRank)
    {
        if (Ids.Length < rows)
        {
            Ids = new int[rows * 2];
            Positions = new int[rows * 2];
        }

        Hidden.Ensure((long)rows * _config.HiddenSize);
        foreach (var stream in _streams) stream.Ensure((long)rows * _config.HiddenSize);
        foreach (var layer in _layers) layer.Reserve(rows, maxRank);
    }
}
