namespace AgentTeams.Tests;

/// <summary>Tiny models whose weights are all random, norms and biases too, and large enough that the likeliest token stands out.</summary>
internal static class RandomModels
{
    public static readonly string[] SpecialTokens = [.. MinimalChatTemplate.SpecialTokens, "<|im_start|>", "<|im_end|>", "<|endoftext|>"];

    public static ModelConfig Config(ModelFamily family, int vocabulary) => new()
    {
        Family = family, VocabularySize = vocabulary, HiddenSize = 64, IntermediateSize = 96, Layers = 2, Heads = 4, KeyValueHeads = 2, HeadSize = 16,
        MaxPositions = 256, TieWordEmbeddings = family == ModelFamily.Qwen2, EndOfSequenceId = 0,
    };

    public static LocalLanguageModel Create(ModelFamily family, string folder, Func<ModelConfig, ModelConfig>? change = null, Tokenizer? tokenizer = null, ChatTemplate? template = null)
    {
        tokenizer ??= Tokenizers.Of("qwen2");
        var config = Config(family, tokenizer.VocabularySize);
        using (var plain = CpuLanguageModel.Create(new() { Id = "tiny", Config = change?.Invoke(config) ?? config, Tokenizer = tokenizer, Template = new MinimalChatTemplate(), Seed = new SeedKey(1) }))
            plain.SavePretrained(folder);
        Randomize(Path.Combine(folder, "model.safetensors"), seed: 3);
        return CpuLanguageModel.Load("tiny", folder, template);
    }

    /// <summary>An adapter whose factors are both random.</summary>
    public static PolicyId AddAdapter(LocalLanguageModel model, string folder)
    {
        model.SaveAdapter(model.AddAdapter("plain", new SeedKey(2), new LoraOptions { Rank = 4, AlphaPattern = [new("down_proj", 3)] }), folder);
        Randomize(Path.Combine(folder, "adapter_model.safetensors"), seed: 4);
        return model.LoadAdapter("random", folder);
    }

    private static void Randomize(string path, int seed)
    {
        var random = new Random(seed);
        SafeTensors.Write(path, SafeTensors.Read(path).Values.Select(t => t with { Values = [.. t.Values.Select(_ => Draw(t))] }));

        float Draw(SafeTensor tensor) => tensor.Shape.Count == 1
            ? tensor.Name.EndsWith("bias", StringComparison.Ordinal) ? Gaussian() / 2 : 0.5f + random.NextSingle()
            : Gaussian() * (tensor.Name.Contains("proj", StringComparison.Ordinal) ? 1 / MathF.Sqrt(tensor.Shape[1]) : 0.5f);

        float Gaussian() => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
    }
}
