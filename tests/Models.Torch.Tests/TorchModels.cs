namespace AgentTeams.Tests;

/// <summary>Small models of this engine; those with random weights have the same ones as their counterparts on the CPU engine.</summary>
internal static class TorchModels
{
    /// <summary>Everything on the CPU, whatever the machine has, unless the environment names another device; float32 unless a test asks for less.</summary>
    public static TorchModelOptions Options { get; } = new()
    {
        Device = Enum.TryParse<TorchDevice>(Environment.GetEnvironmentVariable("AGENTTEAMS_TORCH_DEVICE"), out var device) ? device : TorchDevice.Cpu,
        Precision = TorchPrecision.Full, CacheMemory = 32 << 20, PrefixMemory = 8 << 20,
    };

    public static LocalLanguageModel Create(long seed = 1, TorchModelOptions? options = null, bool tied = false)
    {
        var tokenizer = TinyModel.Tokenizer(280);
        return TorchLanguageModel.Create(new() { Id = "tiny", Config = TinyModel.Config(tokenizer.VocabularySize) with { TieWordEmbeddings = tied, MaxPositions = 1024 }, Tokenizer = tokenizer, Template = new MinimalChatTemplate(), Seed = new SeedKey(seed) }, options ?? Options);
    }

    public static int[] Ids(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(3, 260))];
    }

    public static TorchEngine Engine(this LocalLanguageModel model) => (TorchEngine)model.Engine;

    public static AgentTeams.Models.Torch.ParameterSet SetOf(this LocalLanguageModel model, PolicyId policy) => model.Engine().Trained(model.PartsOf(policy))[0];

    public static float[] GradientOf(LocalLanguageModel model, PolicyId policy, string name)
    {
        var set = model.SetOf(policy);
        return TensorData.ToArray(set.Parameters.Single(p => p.Name == name).Of(set.Gradients));
    }
}
