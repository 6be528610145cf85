namespace AgentTeams.Models;

/// <summary>Writes local models as GGUF files, which llama.cpp and what stands on it (Ollama, LM Studio) run.</summary>
public static class GgufExport
{
    /// <summary>
    /// Writes one policy as a GGUF file of version 3: shape, weights, tokenizer and chat template, for the families <c>llama</c>, <c>qwen2</c> and
    /// <c>qwen3</c> with byte-level BPE. An adapter is merged in float32. The file takes its place once all of it is on the disk. The model must not be
    /// trained meanwhile.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file; its folder is made where it does not exist, and an earlier file is replaced.</param>
    /// <param name="options">What is written; by default the model's own weights as <see cref="GgufType.F16"/>.</param>
    /// <exception cref="AgentTeamsException">
    /// The model has no such policy; llama.cpp would compute something else, for the family, one of its settings, the tokenizer or the chat template, which is
    /// named; or a weight is not finite or too large for the type. What was there before is kept.
    /// </exception>
    /// <example>
    /// <code>
    /// model.ExportGguf("coder.gguf", new GgufOptions { Policy = coder, Type = GgufType.Q8_0 });
    /// </code>
    /// </example>
    public static void ExportGguf(this LocalLanguageModel model, string path, GgufOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new();
        OptionChecks.Validate(options);
        if (Directory.Exists(path)) throw new AgentTeamsException($"'{path}' is a folder. Give the name of a file in it, such as '{Path.Combine(path, "model.gguf")}'.");
        var policy = options.Policy ?? model.Base;
        var adapter = model.PartsOf(policy).Adapter;
        var architecture = GgufArchitecture.Of(model.Config, model.Id);
        List<KeyValuePair<string, object>> settings =
        [
            .. GgufSettings.Shape(model.Config, architecture, policy.ToString(), options.Type),
            .. GgufVocabulary.Settings(model.Tokenizer.Definition, model.Config.VocabularySize, options.AllowUnnormalizedText),
            .. GgufSettings.Special(model.Tokenizer, model.Template, options.ChatTemplate ?? JinjaOf(model.Template), model.StopIds),
        ];
        var tensors = GgufTensors.Of(model.Engine, adapter, architecture, options.Type, path);
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory) Directory.CreateDirectory(directory);
        GgufWriter.Write(path, settings, tensors);
    }

    private static string JinjaOf(ChatTemplate template) => template.Jinja
        ?? throw new AgentTeamsException($"The chat template '{template.Name}' is code, of which a GGUF file can hold nothing. Give the Jinja text that the model was published with as GgufOptions.ChatTemplate, or load the model with a template that is Jinja, 'minimal' or 'chatml'.");
}
