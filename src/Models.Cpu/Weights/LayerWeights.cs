namespace AgentTeams.Models;

/// <summary>The weights of one transformer layer.</summary>
internal sealed unsafe class LayerWeights
{
    private readonly ParameterSet _parameters;
    private readonly WeightFormat _sampled;
    private readonly ParameterView _inputNorm;
    private readonly ParameterView _middleNorm;
    private readonly ParameterView? _attentionNorm;
    private readonly ParameterView? _feedForwardNorm;
    private readonly ParameterView? _queryNorm;
    private readonly ParameterView? _keyNorm;

    public LayerWeights(ModelConfig config, ParameterSet parameters, int layer, WeightFormat sampled)
    {
        (_parameters, _sampled) = (parameters, sampled);
        var names = new LayerNames(config, layer);
        Projections = [.. ProjectionLayout.Tensors(config).SelectMany(tensor => Add(config, layer, tensor))];
        Array.Sort([.. ProjectionLayout.Tensors(config).SelectMany(t => t)], Projections);
        _inputNorm = parameters.Add(names.InputNorm, config.HiddenSize);
        _attentionNorm = names.AttentionNorm is { } attention ? parameters.Add(attention, config.HiddenSize) : null;
        _middleNorm = parameters.Add(names.MiddleNorm, config.HiddenSize);
        _feedForwardNorm = names.FeedForwardNorm is { } feedForward ? parameters.Add(feedForward, config.HiddenSize) : null;
        if (!config.QueryKeyNorm) return;
        _queryNorm = parameters.Add(names.QueryNorm, config.HeadSize);
        _keyNorm = parameters.Add(names.KeyNorm, config.HeadSize);
    }

    public Projection[] Projections { get; }

    public Projection this[ProjectionKind kind] => Projections[(int)kind];

    public float* InputNorm => _parameters.Values + _inputNorm.Offset;

    public float* InputNormGradient => _parameters.Gradients + _inputNorm.Offset;

    /// <summary>The norm before the feed-forward layer.</summary>
    public float* MiddleNorm => _parameters.Values + _middleNorm.Offset;

    public float* MiddleNormGradient => _parameters.Gradients + _middleNorm.Offset;

    /// <summary>Norms of what attention and the feed-forward layer give; only where the family has them.</summary>
    public float* AttentionNorm => _parameters.Values + _attentionNorm!.Offset;

    public float* AttentionNormGradient => _parameters.Gradients + _attentionNorm!.Offset;

    public float* FeedForwardNorm => _parameters.Values + _feedForwardNorm!.Offset;

    public float* FeedForwardNormGradient => _parameters.Gradients + _feedForwardNorm!.Offset;

    /// <summary>Norms of each query and key head; only where the configuration has them.</summary>
    public float* QueryNorm => _parameters.Values + _queryNorm!.Offset;

    public float* QueryNormGradient => _parameters.Gradients + _queryNorm!.Offset;

    public float* KeyNorm => _parameters.Values + _keyNorm!.Offset;

    public float* KeyNormGradient => _parameters.Gradients + _keyNorm!.Offset;

    // Projections that share a tensor are rows of it, one behind the other.
    private List<Projection> Add(ModelConfig config, int layer, IReadOnlyList<ProjectionKind> kinds)
    {
        var path = ProjectionLayout.TensorPath(config, layer, kinds[0]);
        var weight = _parameters.Add(path + ".weight", kinds.Sum(k => ProjectionLayout.Shape(config, k).Outputs),
            ProjectionLayout.Shape(config, kinds[0]).Inputs);
        var bias = ProjectionLayout.HasBias(config, kinds[0]) ? _parameters.Add(path + ".bias", weight.Shape[0]) : null;
        if (kinds.Count == 1) return [new Projection(_parameters, weight, bias, _sampled)];
        var parts = new List<Projection>();
        var row = 0;
        foreach (var outputs in kinds.Select(k => ProjectionLayout.Shape(config, k).Outputs))
        {
            parts.Add(new Projection(_parameters, weight.Rows(row, outputs), sampled: _sampled));
            row += outputs;
        }

        return parts;
    }
}
