using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Tests;

/// <summary>Small tokenizers that cut text as published ones do.</summary>
internal static class Tokenizers
{
    public const string Llama3Words = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Text = """
        How many apples are there in all of the baskets? We'll count them: there're 12 apples, 345 pears; that's all. I'VE done it, they'd say it!
        naïve café  東京 東京 привет привет   שלום  😀😀 ... --- ((x)) == {"a": 1, "b": [2, 3]}
        """;

    public static IReadOnlyList<string> Names { get; } = ["llama-bpe", "dbrx", "qwen2", "gpt-2", "smollm"];

    /// <summary>The tokenizer whose pre-tokeniser llama.cpp knows by a name.</summary>
    public static Tokenizer Of(string name)
    {
        var trained = BpeTrainer.Train([Text, Text], 420, RandomModels.SpecialTokens, []).Definition;
        // Merges of digits apply only where the cuts leave digits together; 'zebra' is reached by no merge.
        var vocabulary = new Dictionary<string, int>(trained.Vocabulary, StringComparer.Ordinal);
        var next = vocabulary.Values.Max() + 1;
        foreach (var piece in (string[])["12", "123", "Ġ1", "Ġ12", "zebra", "Ġzebra", "zebras"]) vocabulary.Add(piece, next++);
        AddedToken[] tags = [new("<tool_call>", next, Special: false, StripLeft: false), new("[REF]", next + 1, Special: false, StripLeft: false)];
        return new(new TokenizerDefinition
        {
            Vocabulary = vocabulary, Merges = [.. trained.Merges, ("1", "2"), ("12", "3"), ("Ġ", "1"), ("Ġ", "12")], Added = [.. trained.Added, .. tags],
            Stages = name == "qwen2" ? trained.Stages : Stages(name), IgnoreMerges = name == "llama-bpe",
        });
    }

    public static TokenizerStages Stages(string name, string? normalizer = null)
    {
        JsonObject[] splits = name switch
        {
            "gpt-2" => [],
            "smollm" => [new() { ["type"] = "Digits", ["individual_digits"] = true }],
            "qwen2" => [Split(Tokenizer.DefaultPattern)],
            _ => [Split(Llama3Words)],
        };
        var root = new JsonObject
        {
            ["pre_tokenizer"] = new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray([.. splits, ByteLevel(name is "gpt-2" or "smollm")]) },
            ["decoder"] = ByteLevel(false),
        };
        if (normalizer is not null) root["normalizer"] = new JsonObject { ["type"] = normalizer };
        using var document = JsonDocument.Parse(root.ToJsonString());
        return TokenizerStages.Read(new FileEntry(document.RootElement, "", name));
    }

    private static JsonObject Split(string pattern) => new()
    {
        ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = "Isolated", ["invert"] = false,
    };

    private static JsonObject ByteLevel(bool useRegex) => new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = false, ["use_regex"] = useRegex };
}
