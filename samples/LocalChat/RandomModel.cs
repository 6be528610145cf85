namespace AgentTeams.Samples.LocalChat;

/// <summary>A tiny model with random weights as a temporary folder, so that there is always something to load.</summary>
internal sealed class RandomModel : IDisposable
{
    private static readonly string[] s_special = ["<|im_start|>", "<|im_end|>", "<|endoftext|>"];

    private static readonly string[] s_text =
    [
        "the model and its weights are random so what it says means nothing", "how many apples are there in all of the baskets that the farmer has",
        "there are many apples in the basket and the farmer has more of them", "what the model reads and what the model says are tokens",
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("agentteams-random-model-");

    public RandomModel()
    {
        var tokenizer = BpeTrainer.Train(s_text, 340, s_special, []);
        using var model = CpuLanguageModel.Create(new() { Id = "random", Config = new ModelConfig
        {
            VocabularySize = tokenizer.VocabularySize, HiddenSize = 64, IntermediateSize = 176, Layers = 2, Heads = 4, KeyValueHeads = 2, HeadSize = 16,
            EndOfSequenceId = tokenizer.GetId("<|im_end|>"),
        }, Tokenizer = tokenizer, Template = new ChatMlTemplate(), Seed = new SeedKey(1) });
        model.SavePretrained(Folder);
    }

    public string Folder => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
