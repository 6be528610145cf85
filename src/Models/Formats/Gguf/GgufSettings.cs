namespace AgentTeams.Models;

/// <summary>The settings of a GGUF file that say what the model is.</summary>
internal static class GgufSettings
{
    // What llama.cpp ends an answer at besides the end of the sequence.
    private static readonly string[] s_ends = ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"];

    /// <summary>The name, the shape and how it is stored.</summary>
    public static IEnumerable<KeyValuePair<string, object>> Shape(ModelConfig config, GgufArchitecture architecture, string name, GgufType type)
    {
        var arch = architecture.Name;
        yield return new("general.architecture", arch);
        yield return new("general.name", name);
        yield return new("general.alignment", (uint)GgufWriter.Alignment);
        yield return new("general.file_type", GgufEncoding.FileTypeOf(type));
        if (type == GgufType.Q8_0) yield return new("general.quantization_version", 2u);
        yield return new($"{arch}.vocab_size", (uint)config.VocabularySize);
        yield return new($"{arch}.context_length", (uint)config.MaxPositions);
        yield return new($"{arch}.embedding_length", (uint)config.HiddenSize);
        yield return new($"{arch}.block_count", (uint)config.Layers);
        yield return new($"{arch}.feed_forward_length", (uint)config.IntermediateSize);
        yield return new($"{arch}.attention.head_count", (uint)config.Heads);
        yield return new($"{arch}.attention.head_count_kv", (uint)config.KeyValueHeads);
        yield return new($"{arch}.attention.key_length", (uint)config.HeadSize);
        yield return new($"{arch}.attention.value_length", (uint)config.HeadSize);
        yield return new($"{arch}.attention.layer_norm_rms_epsilon", config.RmsNormEpsilon);
        yield return new($"{arch}.rope.dimension_count", (uint)config.RotatedSize);
        yield return new($"{arch}.rope.freq_base", config.RopeTheta);
        if (config.RopeScaling is not { Bands: null } linear) yield break;
        yield return new($"{arch}.rope.scaling.type", "linear");
        yield return new($"{arch}.rope.scaling.factor", linear.Factor);
    }

    /// <summary>The special tokens and the chat template.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="template">The chat template.</param>
    /// <param name="jinja">Its text.</param>
    /// <param name="stopIds">The ids that end an answer; the first is the one that ends a sequence.</param>
    /// <exception cref="AgentTeamsException">
    /// There are more ids that end an answer than the file has settings for, or the template writes a token that the model lacks.
    /// </exception>
    public static IEnumerable<KeyValuePair<string, object>> Special(Tokenizer tokenizer, ChatTemplate template, string jinja, IReadOnlyList<int> stopIds)
    {
        var named = (template as JinjaChatTemplate)?.Tokens;
        // Templates write the end of the sequence by this name, so it goes first.
        int[] ends = [.. new[] { Id("eos_token") }.OfType<int>().Union(stopIds)];
        if (ends.Length > s_ends.Length)
            throw new AgentTeamsException($"{ends.Length} ids end an answer: {string.Join(", ", ends)}. A GGUF file names {s_ends.Length} at most; list fewer as eos_token_id in config.json.");
        var begin = tokenizer.BeginOfSequenceId ?? Id("bos_token");
        if (begin is null && jinja.Contains("bos_token", StringComparison.Ordinal))
            throw new AgentTeamsException("The chat template writes 'bos_token', which the model does not have; llama.cpp would write another token there. Give a template without it as GgufOptions.ChatTemplate.");
        return
        [
            // Without these llama.cpp would take ids of GPT-2's vocabulary.
            new("tokenizer.ggml.bos_token_id", (uint)(begin ?? ends[0])),
            .. ends.Select((id, i) => KeyValuePair.Create(s_ends[i], (object)(uint)id)),
            new("tokenizer.ggml.padding_token_id", (uint)(Id("pad_token") ?? ends[0])),
            new("tokenizer.ggml.add_bos_token", tokenizer.BeginOfSequenceId is not null),
            new("tokenizer.chat_template", jinja),
        ];

        int? Id(string name) => named?.GetValueOrDefault(name) is { } text ? tokenizer.FindId(text) : null;
    }
}
