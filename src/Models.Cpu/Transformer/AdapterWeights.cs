namespace AgentTeams;

/// <summary>A low-rank adapter (Hu et al. 2022, equation 3): y += scale · B · A · x at some of the projections.</summary>
internal sealed class AdapterWeights
{
    private readonly LowRankPair?[] _pairs;
    private readonly ModelConfig _config;

    public AdapterWeights(string name, ModelConfig config, LoraOptions options)
    {
        (Name, _config, Options) = (name, config, options);
        Parameters = new ParameterSet();
        var kinds = Enum.GetValues<ProjectionKind>();
        var targets = options.TargetModules.ToHashSet(StringComparer.Ordinal);
        _pairs = new LowRankPair?[config.Layers * kinds.Length];
        for (var layer = 0; layer < config.Layers; layer++)
        {
            foreach (var kind in kinds)
            {
                var module = ProjectionLayout.NameOf(kind);
                if (!targets.Contains(module[(module.IndexOf('.', StringComparison.Ordinal) + 1)..])) continue;
                var (outputs, inputs) = ProjectionLayout.Shape(config, kind);
                var prefix = $"base_model.model.model.layers.{layer}.{module}.";
                _pairs[layer * kinds.Length + (int)kind] = new LowRankPair(
                    new Projection(Parameters, Parameters.Add(prefix + "lora_A.weight", options.Rank, inputs)),
                    new Projection(Parameters, Parameters.Add(prefix + "lora_B.weight", outputs, options.Rank)));
            }
        }

        Parameters.Allocate();
        Packing = new Packing([.. _pairs.OfType<LowRankPair>().SelectMany(p => new[] { p.A, p.B })]);
    }

    public string Name { get; }

    public LoraOptions Options { get; }

    public ParameterSet Parameters { get; }

    public Packing Packing { get; }

    public float Scale => (float)(Options.Alpha / Options.Rank);

    public LowRankPair? At(int layer, ProjectionKind kind) => _pairs[layer * (_pairs.Length / LayerCount) + (int)kind];

    private int LayerCount => _pairs.Length / Enum.GetValues<ProjectionKind>().Length;

    /// <summary>The same weights in other memory, packed.</summary>
    public AdapterWeights Copy(WorkerPool pool)
    {
        var copy = new AdapterWeights(Name, _config, Options);
        copy.Parameters.CopyFrom(Parameters);
        copy.Packing.PackForward(pool);
        return copy;
    }

    /// <summary>Random weights that change nothing yet.</summary>
    public void Randomize(Random random)
    {
        foreach (var view in Parameters.Views) RandomWeights.Fill(view.Name, view.Shape, LayerCount, random, Parameters.ValueSpan.Slice(view.Offset, view.Count));
    }
}

/// <summary>The two factors of an adapter at one projection: A [rank, inputs] and B [outputs, rank].</summary>
internal sealed record LowRankPair(Projection A, Projection B);
