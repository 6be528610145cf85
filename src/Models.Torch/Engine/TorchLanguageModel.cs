namespace AgentTeams.Models.Torch;

/// <summary>
/// Local models through TorchSharp, on a CUDA GPU or libtorch's CPU: decoder-only transformers of the families Llama, Qwen2, Qwen3 and, without a
/// window, Mistral.
/// Results are <see cref="Reproducibility.Tolerant"/>. The application adds the package with the native libraries: TorchSharp-cpu,
/// TorchSharp-cuda-linux or TorchSharp-cuda-windows.
/// </summary>
public static class TorchLanguageModel
{
    /// <summary>Loads a Hugging Face folder: <c>config.json</c>, <c>model.safetensors</c> or its shards, <c>tokenizer.json</c>.</summary>
    /// <param name="id">The id by which policies name the model.</param>
    /// <param name="directory">The folder.</param>
    /// <param name="template">The chat template; the folder's own unless given.</param>
    /// <param name="options">How it uses the device.</param>
    /// <exception cref="ModelFormatException">A file is damaged, unsupported, or does not fit the others.</exception>
    /// <exception cref="AgentTeamsException">There are no native libraries, no such device, or not enough memory; the message says what to change. Or
    /// an option is out of range.</exception>
    public static LocalLanguageModel Load(string id, string directory, ChatTemplate? template = null, TorchModelOptions? options = null)
    {
        options ??= new();
        return LocalModelFolder.Load(id, directory, template, options, context =>
            Released.OnError(TorchEngine.ReadWeights(directory, CheckpointFolder.DefaultFile, options), weights => new TorchEngine(weights, options, context)));
    }

    /// <summary>A model with random weights, the same as those of the CPU engine for the same seed.</summary>
    /// <param name="model">What it consists of.</param>
    /// <param name="options">How it uses the device.</param>
    /// <exception cref="AgentTeamsException">There are no native libraries, no such device, or not enough memory; the message says what to change. Or
    /// an option is out of range.</exception>
    public static LocalLanguageModel Create(LocalModelOptions model, TorchModelOptions? options = null)
    {
        options ??= new();
        return LocalModelFolder.Create(model, options, context => Released.OnError(TorchEngine.NewWeights(model.Config, options, ScalarType.Float32), weights =>
        {
            weights.Parameters.Randomize(model.Seed.ToRandom(), model.Config);
            return new TorchEngine(weights, options, context);
        }));
    }

    /// <summary>A model over weights that are in memory already, and that are disposed with it.</summary>
    internal static LocalLanguageModel FromWeights(string id, DecoderWeights weights, Tokenizer tokenizer, ChatTemplate template, TorchModelOptions options) =>
        new(id, tokenizer, template, options, context => new TorchEngine(weights, options, context));
}
