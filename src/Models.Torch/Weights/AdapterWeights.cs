namespace AgentTeams.Models.Torch;

/// <summary>A low-rank adapter (Hu et al. 2022, equation 3): y += scale · B · A · x at some of the projections. In float32.</summary>
internal sealed class AdapterWeights : IAdapterWeights, IDisposable
{
    private readonly LowRankPair?[] _pairs;
    private readonly DecoderWeights _model;

    public AdapterWeights(string name, DecoderWeights model, LoraOptions options)
    {
        (Name, Options, _model) = (name, options, model);
        Parameters = new ParameterSet(model.Device, ScalarType.Float32, $"the adapter '{name}'",
            $"Lower {nameof(LoraOptions)}.{nameof(LoraOptions.Rank)}, or have fewer adapters.");
        var targets = options.TargetModules.ToHashSet(StringComparer.Ordinal);
        _pairs = new LowRankPair?[model.Config.Layers * ProjectionLayout.All.Count];
        for (var at = 0; at < _pairs.Length; at++)
        {
            var (layer, kind) = (at / ProjectionLayout.All.Count, (ProjectionKind)(at % ProjectionLayout.All.Count));
            if (!targets.Contains(ProjectionLayout.ModuleOf(kind))) continue;
            var (outputs, inputs) = ProjectionLayout.Shape(model.Config, kind);
            var (prefix, rank) = ($"base_model.model.{ProjectionLayout.PathOf(layer, kind)}.", options.RankOf(layer, kind));
            _pairs[at] = new LowRankPair(Parameters.Add(prefix + "lora_A.weight", rank, inputs), Parameters.Add(prefix + "lora_B.weight", outputs, rank),
                options.ScaleOf(layer, kind));
        }

        Parameters.Allocate();
    }

    public string Name { get; }

    public LoraOptions Options { get; }

    public ParameterSet Parameters { get; }

    ITrainedParameters IAdapterWeights.Parameters => Parameters;

    public LowRankPair? At(int layer, ProjectionKind kind) => _pairs[layer * ProjectionLayout.All.Count + (int)kind];

    public void Randomize(Random random) => Parameters.Randomize(random, _model.Config);

    public IAdapterWeights Copy()
    {
        var copy = new AdapterWeights(Name, _model, Options);
        copy.Parameters.CopyFrom(Parameters);
        return copy;
    }

    /// <summary>Adds this adapter to the weights below it, or takes it off again (Hu et al. 2022, section 4): W ± scale · B · A.</summary>
    public void Merge(DecoderWeights weights, int sign)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        weights.Parameters.EnsureMaster();
        weights.Parameters.MarkChanged();
        for (var at = 0; at < _pairs.Length; at++)
        {
            if (_pairs[at] is not { } pair) continue;
            var layer = weights.Layers[at / ProjectionLayout.All.Count];
            var target = layer[(ProjectionKind)(at % ProjectionLayout.All.Count)].Weight.Of(weights.Parameters.Trained);
            target.add_(pair.B.Value.matmul(pair.A.Value), sign * pair.Scale);
        }

        weights.Parameters.Refresh();
    }

    public void Dispose() => Parameters.Dispose();
}

/// <summary>An adapter at one projection.</summary>
/// <param name="A">The factor that reads, [rank, inputs].</param>
/// <param name="B">The factor that writes, [outputs, rank].</param>
/// <param name="Scale">By what the product is scaled.</param>
internal sealed record LowRankPair(Parameter A, Parameter B, double Scale);
