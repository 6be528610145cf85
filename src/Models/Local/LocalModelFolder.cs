namespace AgentTeams.Models;

/// <summary>The Hugging Face folder of a local model.</summary>
internal static class LocalModelFolder
{
    private const long MaxShardBytes = 5L << 30;
    private const string TokenizerFileName = "tokenizer.json";
    private const string ConfigFileName = "config.json";

    /// <summary>A model from a folder.</summary>
    /// <param name="id">The model's id.</param>
    /// <param name="directory">The folder.</param>
    /// <param name="template">The chat template; the folder's own where it is null.</param>
    /// <param name="options">How it is computed.</param>
    /// <param name="newEngine">Makes the engine, with the folder's weights.</param>
    public static LocalLanguageModel Load(string id, string directory, ChatTemplate? template, LocalEngineOptions options,
        Func<EngineContext, ILocalEngine> newEngine)
    {
        OptionChecks.Validate(options);
        // What the model is comes before what belongs to it, so that an unsupported one is named as such.
        ModelConfig.Load(Path.Combine(directory, ConfigFileName));
        var model = new LocalLanguageModel(id, Tokenizer.Load(Path.Combine(directory, TokenizerFileName)), template ?? ChatTemplateFolder.Load(directory),
            options, newEngine);
        try
        {
            model.LoadValueHead(directory);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>A model with random weights.</summary>
    public static LocalLanguageModel Create(LocalModelOptions model, LocalEngineOptions options, Func<EngineContext, ILocalEngine> newEngine)
    {
        ArgumentNullException.ThrowIfNull(model);
        OptionChecks.Validate(model);
        OptionChecks.Validate(options);
        model.Config.Validate(model.Id);
        return new(model.Id, model.Tokenizer, model.Template, options, newEngine);
    }

    /// <summary>The shape that a folder names, and whether all its matrices are stored in BF16.</summary>
    public static (ModelConfig Config, bool IsHalf) Inspect(string directory, CheckpointFolder folder)
    {
        var matrices = folder.Tensors.Values.Where(t => t.Shape.Count > 1).ToList();
        return (ModelConfig.Load(Path.Combine(directory, ConfigFileName)), matrices.Count > 0 && matrices.All(t => t.Type == SafeTensorTypes.BFloat16));
    }

    /// <summary>Writes the folder, with adapters and critics' heads.</summary>
    public static void Write(LocalLanguageModel model, PolicyRegistry policies, string directory, bool withBase)
    {
        Directory.CreateDirectory(directory);
        var config = model.Config with { ChatTemplate = ChatTemplateFolder.Save(directory, model.Template) };
        File.WriteAllText(Path.Combine(directory, ConfigFileName), ModelConfigFile.ToJson(config, model.Engine.StoredType));
        model.Tokenizer.Save(Path.Combine(directory, TokenizerFileName));
        if (withBase) CheckpointFolder.Write(directory, model.Engine.Weights.Export(), MaxShardBytes);
        policies.Save(directory);
    }
}
