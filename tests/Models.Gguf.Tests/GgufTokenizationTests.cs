namespace AgentTeams.Tests;

/// <summary>llama.cpp makes the same ids of text as the exported tokenizer.</summary>
public sealed class GgufTokenizationTests : IDisposable
{
    private static readonly string[] s_texts =
    [
        "How many apples are there?", "I'll say they're his, WE'VE it'S don'T you'Re", "  leading,   runs    of     spaces  ", "\t\ttabs\t and\n\n\nlines \n \n end\r\n\r\nof  \r text \n",
        "1 12 123 1234 12345 1234567890 x12y123 3.14159 1,000,000", "٣٤٥ ½ Ⅷ 𝟙𝟚𝟛 १२३ ①②", "naïve café cafe\u0301 Ångström e\u0301\u0301", "東京に行きました。한국어 ภาษาไทย العربية עברית हिन्दी",
        "😀😀 👩‍👩‍👧‍👦 🇩🇪 ❤️ 𝐀𝐁𝐂 𠀀𠀁", "a\u00A0b\u3000c\u2003d\u200Be\u0085f\u2028g", "{\"name\": \"add\", \"arguments\": {\"a\": [1, 22, 333]}}", "zebra zebras xzebra ... --- ((x)) == !!??",
        "<|end|> is <|im_start|>user\nx<|im_end|> <|end|><|end|>", "a<tool_call>b</tool_call> [REF] [REF][REF]x [RE F]", "", " ", "\n", "a",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams-gguf-").FullName;

    public static TheoryData<string> PreTokenizers => [.. Tokenizers.Names];

    [LlamaCppTheory]
    [MemberData(nameof(PreTokenizers))]
    public void ExportGguf_PreTokenizer_GivesTheSameIds(string name)
    {
        var tokenizer = Tokenizers.Of(name);
        using var exported = Export(tokenizer);
        Assert.Equal(name, exported.Metadata["tokenizer.ggml.pre"]);
        Assert.All(s_texts, text => Assert.Equal(tokenizer.Encode(text, parseSpecial: true), LlamaCpp.Encode(exported.Weights, text, parseSpecial: true)));
        // Text of a user: no token of control comes of it, here or there.
        foreach (var text in s_texts.Where(t => !t.Contains("<tool_call>", StringComparison.Ordinal)))
            Assert.Equal(tokenizer.Encode(text), LlamaCpp.Encode(exported.Weights, text, parseSpecial: false));
    }

    [LlamaCppTheory]
    [MemberData(nameof(PreTokenizers))]
    public void ExportGguf_RandomTexts_GiveTheSameIds(string name)
    {
        const string Characters = "abcXYZ'stSTreREllLL  \t\n\r.,!-_(){}0123456789éßÅ東京한ไع\u0301½Ⅷ٣\u00A0\u3000";
        string[] wide = ["😀", "𝐀", "𝟙", "𠀀", "🇩🇪", "<|end|>", "[REF]", " zebra"];
        var tokenizer = Tokenizers.Of(name);
        using var exported = Export(tokenizer);
        var random = new Random(11);
        for (var i = 0; i < 2000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(8) == 0 ? wide[random.Next(wide.Length)] : Characters[random.Next(Characters.Length)].ToString()));
            Assert.Equal(tokenizer.Encode(text, parseSpecial: true), LlamaCpp.Encode(exported.Weights, text, parseSpecial: true));
        }
    }

    [LlamaCppFact(SharedFolder = Published.Folder)]
    public void ExportGguf_PublishedTokenizer_GivesTheSameIdsForTextInNfc()
    {
        using var exported = Export(Published.Qwen3, new() { AllowUnnormalizedText = true });
        foreach (var text in s_texts.Select(t => Nfc.Normalize(t)).Concat(Published.Json("qwen3_vectors.json").GetProperty("vectors").EnumerateArray().Select(v => Nfc.Normalize(v.GetProperty("text").GetString()!))))
            Assert.Equal(Published.Qwen3.Encode(text, parseSpecial: true), LlamaCpp.Encode(exported.Weights, text, parseSpecial: true));
    }

    [LlamaCppFact]
    public void ExportGguf_BeginOfSequence_IsAddedThereToo()
    {
        var plain = Tokenizers.Of("llama-bpe");
        var tokenizer = new Tokenizer(plain.Definition with { Stages = plain.Definition.Stages with { BeginId = 4 } });
        using var exported = Export(tokenizer);
        Assert.Equal(tokenizer.Encode("twice 21", addBegin: true), LlamaCpp.Encode(exported.Weights, "twice 21", parseSpecial: false, addBegin: true));
        using var without = Export(plain);
        Assert.Equal(plain.Encode("twice 21"), LlamaCpp.Encode(without.Weights, "twice 21", parseSpecial: false, addBegin: true));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private LlamaCpp Export(Tokenizer tokenizer, GgufOptions? options = null)
    {
        using var model = CpuLanguageModel.Create(new()
        {
            Id = "tiny", Config = RandomModels.Config(ModelFamily.Llama, tokenizer.VocabularySize), Tokenizer = tokenizer, Template = new MinimalChatTemplate(), Seed = new SeedKey(1),
        });
        var path = Path.Combine(_folder, "model.gguf");
        model.ExportGguf(path, options);
        return new(path);
    }
}
