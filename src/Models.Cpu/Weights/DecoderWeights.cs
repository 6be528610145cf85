namespace AgentTeams.Models;

/// <summary>The weights of a decoder-only transformer under their Hugging Face names.</summary>
internal sealed unsafe class DecoderWeights
{
    private readonly ParameterView _embedding;
    private readonly ParameterView _finalNorm;

    /// <param name="config">The shape.</param>
    /// <param name="half">Whether matrices are stored in bfloat16.</param>
    /// <param name="sampled">What replies are sampled with.</param>
    public DecoderWeights(ModelConfig config, bool half = false, WeightFormat sampled = WeightFormat.Stored)
    {
        (Config, Layout, Sampled) = (config, new PageLayout(config), sampled);
        Parameters = new ParameterSet();
        _embedding = Parameters.Add("model.embed_tokens.weight", config.VocabularySize, config.HiddenSize);
        var layers = new LayerWeights[config.Layers];
        for (var l = 0; l < layers.Length; l++) layers[l] = new LayerWeights(config, Parameters, l, sampled);
        Layers = layers;
        _finalNorm = Parameters.Add("model.norm.weight", config.HiddenSize);
        var head = config.TieWordEmbeddings ? _embedding : Parameters.Add("lm_head.weight", config.VocabularySize, config.HiddenSize);
        Parameters.Allocate(half);
        Head = new Projection(Parameters, head, sampled: sampled);
        Packing = new Packing([Head, .. layers.SelectMany(l => l.Projections)]);
    }

    public ModelConfig Config { get; }

    /// <summary>What replies are sampled with.</summary>
    public WeightFormat Sampled { get; }

    public ParameterSet Parameters { get; }

    public PageLayout Layout { get; }

    public Packing Packing { get; }

    public IReadOnlyList<LayerWeights> Layers { get; }

    public Projection Head { get; }

    public float* EmbeddingGradient => Parameters.Gradients + _embedding.Offset;

    public float* FinalNorm => Parameters.Values + _finalNorm.Offset;

    public float* FinalNormGradient => Parameters.Gradients + _finalNorm.Offset;

    /// <summary>Copies the embedding of an id.</summary>
    public void Embed(int id, float* to) => Parameters.CopyRow(_embedding, id, new Span<float>(to, Config.HiddenSize));

    /// <summary>The same weights in other memory.</summary>
    public DecoderWeights Copy()
    {
        var copy = new DecoderWeights(Config, Parameters.IsHalf, Sampled);
        copy.Parameters.CopyFrom(Parameters);
        return copy;
    }

    /// <summary>Random weights.</summary>
    public void Randomize(Random random)
    {
        foreach (var view in Parameters.Views) RandomWeights.Fill(view.Name, view.Shape, Config, random, Parameters.ValuesOf(view));
    }
}
