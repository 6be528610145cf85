namespace AgentTeams.Models.Torch;

/// <summary>The weights of a decoder-only transformer under their Hugging Face names.</summary>
internal sealed class DecoderWeights : IDisposable
{
    public DecoderWeights(ModelConfig config, Device device, ScalarType type)
    {
        (Config, Device) = (config, device);
        Parameters = new ParameterSet(device, type, $"the weights of {config.Layers} layers of width {config.HiddenSize}",
            type == ScalarType.Float32
                ? $"Set {nameof(TorchModelOptions)}.{nameof(TorchModelOptions.Precision)} to {nameof(TorchPrecision.BFloat16)} for half of it, "
                    + "or take a smaller model."
                : "Take a smaller model.");
        Embedding = Parameters.Add("model.embed_tokens.weight", config.VocabularySize, config.HiddenSize);
        var layers = new LayerWeights[config.Layers];
        for (var l = 0; l < layers.Length; l++) layers[l] = new LayerWeights(config, Parameters, l);
        Layers = layers;
        FinalNorm = Parameters.Add("model.norm.weight", config.HiddenSize);
        Head = config.TieWordEmbeddings ? Embedding : Parameters.Add("lm_head.weight", config.VocabularySize, config.HiddenSize);
        Parameters.Allocate();
    }

    public ModelConfig Config { get; }

    public Device Device { get; }

    public ParameterSet Parameters { get; }

    public Parameter Embedding { get; }

    public IReadOnlyList<LayerWeights> Layers { get; }

    public Parameter FinalNorm { get; }

    public Parameter Head { get; }

    public DecoderWeights Copy()
    {
        var copy = new DecoderWeights(Config, Device, Parameters.Type);
        copy.Parameters.CopyFrom(Parameters);
        return copy;
    }

    public bool IsDisposed { get; private set; }

    public void Dispose()
    {
        IsDisposed = true;
        Parameters.Dispose();
    }
}
