namespace AgentTeams.Tests;

/// <summary>A tiny local model with random weights.</summary>
internal static class LocalModel
{
    public static LocalLanguageModel Create()
    {
        var tokenizer = BpeTrainer.Train(["hello, call a function {\"name\": \"add\", \"arguments\": {\"b\": true}}"], 330, MinimalChatTemplate.SpecialTokens, []);
        return CpuLanguageModel.Create(new() { Id = "tiny", Config = new ModelConfig
        {
            VocabularySize = tokenizer.VocabularySize, HiddenSize = 16, IntermediateSize = 24, Layers = 1, Heads = 2, KeyValueHeads = 1, HeadSize = 8, MaxPositions = 2048,
            EndOfSequenceId = tokenizer.GetId(MinimalChatTemplate.End),
        }, Tokenizer = tokenizer, Template = new MinimalChatTemplate(), Seed = new SeedKey(1) });
    }
}
