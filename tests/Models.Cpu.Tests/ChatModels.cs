namespace AgentTeams.Tests;

/// <summary>Tiny models with random weights behind published chat templates, and the tokens that these need.</summary>
internal static class ChatModels
{
    private const string Text = """
        Given the following functions, please respond with a JSON for a function call with its proper arguments that best answers the given prompt. Respond in the format
        You may call one or more functions to assist with the user query. You are provided with function signatures within XML tags: return a json object with function name
        {"type": "function", "function": {"name": "add", "description": "add", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}}}
        """;

    public static readonly string[] Tags = ["<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>"];

    public static Tokenizer Tokenizer { get; } = Make();

    public static LocalLanguageModel Create(string template, long seed = 1) => CpuLanguageModel.Create(new() { Id = "tiny", Config = new ModelConfig
    {
        VocabularySize = Tokenizer.VocabularySize, HiddenSize = 16, IntermediateSize = 24, Layers = 1, Heads = 2, KeyValueHeads = 1, HeadSize = 8, MaxPositions = 2048,
        EndOfSequenceId = Tokenizer.GetId(template.StartsWith("qwen", StringComparison.Ordinal) ? "<|im_end|>" : "<|eot_id|>"),
    }, Tokenizer = Tokenizer, Template = ChatTemplate.Named(template), Seed = new SeedKey(seed) });

    // As published, the tags are added tokens but not special, so that decoding keeps them.
    private static Tokenizer Make()
    {
        string[] special = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"];
        var trained = BpeTrainer.Train([Text, Text], 700, special, []);
        return new Tokenizer(new TokenizerDefinition
        {
            Vocabulary = trained.Definition.Vocabulary, Merges = trained.Definition.Merges, Stages = trained.Definition.Stages,
            Added = [.. trained.Definition.Added, .. Tags.Select((t, i) => new AddedToken(t, trained.VocabularySize + i, Special: false, StripLeft: false))],
        });
    }
}
