namespace AgentTeams.Models;

/// <summary>A low-rank adapter (Hu et al. 2022, equation 3): y += scale · B · A · x at some of the projections.</summary>
internal sealed class AdapterWeights : IAdapterWeights
{
    private readonly LowRankPair?[] _pairs;
    private readonly ModelConfig _config;

    public AdapterWeights(string name, ModelConfig config, LoraOptions options)
    {
        (Name, _config, Options) = (name, config, options);
        Parameters = new ParameterSet();
        var kinds = ProjectionLayout.All;
        var targets = options.TargetModules.ToHashSet(StringComparer.Ordinal);
        _pairs = new LowRankPair?[config.Layers * kinds.Count];
        for (var layer = 0; layer < config.Layers; layer++)
        {
            foreach (var kind in kinds)
            {
                if (!targets.Contains(ProjectionLayout.ModuleOf(kind))) continue;
                var (outputs, inputs) = ProjectionLayout.Shape(config, kind);
                var (prefix, rank) = ($"base_model.model.{ProjectionLayout.PathOf(layer, kind)}.", options.RankOf(layer, kind));
                _pairs[layer * kinds.Count + (int)kind] = new LowRankPair(
                    new Projection(Parameters, Parameters.Add(prefix + "lora_A.weight", rank, inputs)),
                    new Projection(Parameters, Parameters.Add(prefix + "lora_B.weight", outputs, rank)),
                    (float)options.ScaleOf(layer, kind));
            }
        }

        Parameters.Allocate();
        Packing = new Packing([.. _pairs.OfType<LowRankPair>().SelectMany(p => new[] { p.A, p.B })]);
    }

    public string Name { get; }

    public LoraOptions Options { get; }

    public ParameterSet Parameters { get; }

    ITrainedParameters IAdapterWeights.Parameters => Parameters;

    public Packing Packing { get; }

    public LowRankPair? At(int layer, ProjectionKind kind) => _pairs[layer * ProjectionLayout.All.Count + (int)kind];

    public IAdapterWeights Copy()
    {
        var copy = new AdapterWeights(Name, _config, Options);
        copy.Parameters.CopyFrom(Parameters);
        return copy;
    }

    public void Randomize(Random random)
    {
        foreach (var view in Parameters.Views) RandomWeights.Fill(view.Name, view.Shape, _config, random, Parameters.ValuesOf(view));
    }
}

/// <summary>An adapter at one projection.</summary>
/// <param name="A">The factor that reads, [rank, inputs].</param>
/// <param name="B">The factor that writes, [outputs, rank].</param>
/// <param name="Scale">By what the product is scaled.</param>
internal sealed record LowRankPair(Projection A, Projection B, float Scale)
{
    public int Rank => A.Outputs;
}
