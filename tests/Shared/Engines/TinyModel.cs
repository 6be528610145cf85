namespace AgentTeams.Tests;

/// <summary>Small models for tests.</summary>
internal static class TinyModel
{
    public static Tokenizer Tokenizer(int size) => size == 0
        ? new Tokenizer([], [], [new("<|end|>", 2, true, false)], AgentTeams.Models.Tokenizer.DefaultPattern)
        : BpeTrainer.Train(["how many apples are there in all of the baskets"], size, MinimalChatTemplate.SpecialTokens, []);

    public static ModelConfig Config(int vocabulary) => new()
    {
        VocabularySize = vocabulary, HiddenSize = 32, IntermediateSize = 44, Layers = 2, Heads = 4, KeyValueHeads = 2, HeadSize = 12,
        MaxPositions = 128, EndOfSequenceId = 0,
    };

    public static LocalLanguageModel Create(long seed = 1, CpuModelOptions? options = null, bool tied = false)
    {
        var tokenizer = Tokenizer(280);
        return CpuLanguageModel.Create(new() { Id = "tiny", Config = Config(tokenizer.VocabularySize) with { TieWordEmbeddings = tied }, Tokenizer = tokenizer, Template = new MinimalChatTemplate(), Seed = new SeedKey(seed) }, options);
    }

    public static TrainingRow Row(int seed, int prompt = 7, int completion = 5, float temperature = 1)
    {
        var random = new Random(seed);
        return new TrainingRow
        {
            PromptIds = [.. Enumerable.Range(0, prompt).Select(_ => random.Next(3, 260))],
            CompletionIds = [.. Enumerable.Range(0, completion).Select(_ => random.Next(3, 260))],
            Temperature = temperature,
        };
    }

    public static async Task<GenerationResult> Generate(LocalLanguageModel model, PolicyId policy, int[] prompt, int tokens, float temperature, int[] stop, long seed = 0)
    {
        return await model.Scheduler.Enqueue(new GenerationRequest
        {
            Policy = policy, PromptIds = prompt, MaxTokens = tokens, Temperature = temperature, Seed = seed, StopIds = stop, CancellationToken = CancellationToken.None,
        });
    }
}
