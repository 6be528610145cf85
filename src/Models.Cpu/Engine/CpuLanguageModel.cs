namespace AgentTeams.Models;

/// <summary>
/// Local models on the CPU, in plain C#: decoder-only transformers of the families that <see cref="ModelFamily"/> lists. Results are
/// <see cref="Reproducibility.Exact"/>.
/// </summary>
public static class CpuLanguageModel
{
    /// <summary>
    /// Loads a Hugging Face folder: <c>config.json</c>, <c>model.safetensors</c> or its shards, <c>tokenizer.json</c>. Weights in BF16 stay so until
    /// they are trained.
    /// </summary>
    /// <param name="id">The id by which policies name the model.</param>
    /// <param name="directory">The folder.</param>
    /// <param name="template">The chat template; the folder's own unless given.</param>
    /// <param name="options">How it uses the machine.</param>
    /// <exception cref="ModelFormatException">A file is damaged, unsupported, or does not fit the others.</exception>
    /// <exception cref="AgentTeamsException">An option is out of range.</exception>
    public static LocalLanguageModel Load(string id, string directory, ChatTemplate? template = null, CpuModelOptions? options = null)
    {
        options ??= new();
        return LocalModelFolder.Load(id, directory, template, options,
            context => new CpuEngine(CpuEngine.ReadWeights(directory, CheckpointFolder.DefaultFile, options.SamplingWeights), options, context));
    }

    /// <summary>Loads a model as a checkpoint of a run keeps it, with its adapters, their weights and their versions.</summary>
    /// <param name="directory">The model's folder in a checkpoint, such as <c>runs/math/checkpoints/step-9/models/team</c>; the model gets the folder's name as its id.</param>
    /// <param name="options">How it uses the machine.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="ModelFormatException">A file is damaged, unsupported, or does not fit the others.</exception>
    public static async Task<LocalLanguageModel> LoadCheckpointAsync(string directory, CpuModelOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        var model = Load(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory))), directory, options: options);
        try
        {
            var adapters = Path.Combine(directory, "adapters");
            string[] names = Directory.Exists(adapters) ? [.. Directory.EnumerateDirectories(adapters).Order(StringComparer.Ordinal)] : [];
            foreach (var adapter in names) model.LoadAdapter(Path.GetFileName(adapter), adapter);
            await model.LoadAsync(directory, cancellationToken).ConfigureAwait(false);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>A model with random weights.</summary>
    /// <param name="model">What it consists of.</param>
    /// <param name="options">How it uses the machine.</param>
    /// <exception cref="AgentTeamsException">An option is out of range; all are named.</exception>
    public static LocalLanguageModel Create(LocalModelOptions model, CpuModelOptions? options = null)
    {
        options ??= new();
        return LocalModelFolder.Create(model, options, context =>
        {
            var weights = new DecoderWeights(model.Config, sampled: options.SamplingWeights);
            weights.Randomize(model.Seed.ToRandom());
            return new CpuEngine(weights, options, context);
        });
    }

    /// <summary>A model over weights that are in memory already.</summary>
    internal static LocalLanguageModel FromWeights(string id, DecoderWeights weights, Tokenizer tokenizer, ChatTemplate template,
        CpuModelOptions? options = null) =>
        new(id, tokenizer, template, options ?? new(), context => new CpuEngine(weights, options ?? new(), context));
}
