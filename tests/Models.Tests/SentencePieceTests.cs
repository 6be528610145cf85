using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using static AgentTeams.Tests.SentencePieceFiles;

namespace AgentTeams.Tests;

/// <summary>SentencePiece-style tokenizers give the ids and texts of the published tokenizers library.</summary>
public sealed class SentencePieceTests
{
    private const int Texts = 3_000;

    private static readonly string[] s_parts =
    [
        "the", " the", " cat", "cats", " ", "  ", "   ", "\n", "\n\n", "\t", "\r\n", "\u2581", "\u2581the", "<s>", "</s>", "<unk>", "<mask>", "<tag>", "[x]", "<0x0A>", "<b>", "caf\u00e9", "cafe\u0301", "\u6771\u4eac",
        "\U0001F680", "\U0001F469\u200D\U0001F680", "\u00a0", "12", "ab", "abcd", "\u0130", "THE", "A", "\uFB01", "\u0000", "bold",
    ];

    // Half of the texts are put together from what tokenizers trip over, half are any characters.
    private static Gen<string> Text { get; } = Gen.OneOf(
        Gen.Int[0, s_parts.Length - 1].List[0, 12].Select(i => string.Concat(i.Select(p => s_parts[p]))),
        Gen.Int[1, 0x1FFFF].Where(Rune.IsValid).List[0, 10].Select(r => string.Concat(r.Select(c => new Rune(c).ToString()))),
        Gen.Char[' ', '~'].List[0, 30].Select(c => string.Concat(c)));

    public static TheoryData<string> Files => [.. s_files.Keys];

    private static readonly Dictionary<string, Func<JsonObject>> s_files = new()
    {
        ["llama"] = () => Llama(),
        ["llama, all kinds of added tokens"] = () => With(Llama(), [.. AllKinds()]),
        ["llama, no bytes"] = () => Llama(byteFallback: false),
        ["llama, no bytes, unknowns apart"] = () => Llama(byteFallback: false, fuse: false),
        ["llama, some bytes"] = () => SomeBytes(fuse: true),
        ["llama, some bytes, unknowns apart"] = () => SomeBytes(fuse: false),
        ["mistral"] = () => Mistral(),
        ["mistral, all kinds of added tokens"] = () => With(Mistral(), [.. AllKinds()]),
        ["mistral, split"] = () => With(Mistral(split: true), [.. AllKinds()]),
        ["mistral, always"] = () => With(Mistral("always", split: true), [.. AllKinds()]),
        ["mistral, never"] = () => With(Mistral("never"), [.. AllKinds()]),
        ["mistral, whole words"] = () => Set(Mistral("always", split: true), "model.ignore_merges", "true"),
        ["mistral, older"] = () => Set(Mistral(), "pre_tokenizer", """{"type":"Metaspace","replacement":"▁","add_prefix_space":true}"""),
        ["mistral, metaspace decoder"] = () => Set(Mistral("always"), "decoder", """{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}"""),
        ["mistral, metaspace decoder, never"] = () => Set(Mistral("never"), "decoder", """{"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":true}"""),
        ["gemma"] = () => With(Gemma(), [.. AllKinds()]),
        ["gemma, split before words"] = () => Set(Gemma(), "pre_tokenizer", """{"type":"Split","pattern":{"String":"▁"},"behavior":"MergedWithNext","invert":false}"""),
        ["gemma, split behind words"] = () => Set(Gemma(), "pre_tokenizer", """{"type":"Split","pattern":{"String":"▁"},"behavior":"MergedWithPrevious","invert":false}"""),
        ["unigram"] = () => Unigram(),
        ["unigram, all kinds of added tokens"] = () => With(Unigram(scheme: "first"), [.. AllKinds()]),
        ["unigram, bytes"] = () => Unigram(byteFallback: true),
        ["unigram, bytes, one word"] = () => With(Unigram(byteFallback: true, scheme: "never", split: false), [.. AllKinds()]),
        ["unigram, precompiled"] = () => With(Set(Unigram(), "normalizer", $$"""
            {"type":"Sequence","normalizers":[{"type":"Precompiled","precompiled_charsmap":"{{Charsmap()}}"},{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}]}
            """), [.. AllKinds()]),
        ["unigram, normalised"] = () => With(Set(Unigram(), "normalizer", """
            {"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Lowercase"},{"type":"Strip","strip_left":true,"strip_right":true},{"type":"Replace","pattern":{"Regex":" {2,}"},"content":"▁"},
             {"type":"Replace","pattern":{"Regex":"[^\\n\\p{L}\\p{N}▁<>\\[\\] ]"},"content":"-"}]}
            """), [.. AllKinds()]),
    };

    [NativeTheory]
    [MemberData(nameof(Files))]
    public void Encode_AnyText_GivesTheIdsOfTheLibrary(string file) => Compare(file, (tokenizer, library) =>
        Text.Where(text => !BecomesSpecial(text)).Sample(text => Assert.Equal(library.Encode(text).Select(i => (int)i), tokenizer.Encode(text, parseSpecial: true, addBegin: true)), iter: Texts, threads: 1, seed: "0000000000001"));

    // The library takes what only the normaliser made read like a special token for a piece of text with that token's id, which would let a user write it.
    [Fact]
    public void Encode_TextThatIsNormalisedToASpecialToken_StaysText()
    {
        var tokenizer = Load(s_files["unigram, normalised"]());
        Assert.DoesNotContain(tokenizer.GetId("<s>"), tokenizer.Encode("J<S>e", parseSpecial: true));
        Assert.Contains(tokenizer.GetId("<s>"), tokenizer.Encode("J<s>e", parseSpecial: true));
        Assert.DoesNotContain(tokenizer.GetId("<s>"), tokenizer.Encode("J<s>e"));
    }

    [NativeTheory]
    [MemberData(nameof(Files))]
    public void Decode_AnyIds_GivesTheTextOfTheLibrary(string file) => Compare(file, (tokenizer, library) =>
        Gen.Int[0, tokenizer.VocabularySize - 1].List[0, 12].Sample(list =>
        {
            var text = tokenizer.Decode(list, skipSpecial: true);
            var expected = library.Decode([.. list.Select(i => (uint)i)]);
            // Where bytes are no UTF-8, the library gives up valid characters beside them too.
            if (text.Contains('\uFFFD', StringComparison.Ordinal)) Assert.Contains('\uFFFD', expected);
            else Assert.Equal(expected, text);
        }, iter: Texts, threads: 1, seed: "0000000000001"));

    [NativeTheory]
    [MemberData(nameof(Files))]
    public void SaveLoad_AnyText_KeepsTheIdsHereAndInTheLibrary(string file)
    {
        var tokenizer = Load(s_files[file]());
        var path = Path.GetTempFileName();
        try
        {
            tokenizer.Save(path);
            var loaded = Tokenizer.Load(path);
            using var library = new Tokenizers.DotNet.Tokenizer(path);
            Text.Sample(text =>
            {
                var ids = tokenizer.Encode(text, parseSpecial: true, addBegin: true);
                Assert.Equal(ids, loaded.Encode(text, parseSpecial: true, addBegin: true));
                Assert.Equal(ids, library.Encode(text).Select(i => (int)i));
            }, iter: Texts / 10, threads: 1, seed: "0000000000002");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Encode_TextThatAUserWrote_NeverHoldsAControlToken(string file)
    {
        var tokenizer = Load(s_files[file]());
        var control = tokenizer.Definition.Added.Where(a => a.Control).ToList();
        // What is unknown is the one control token that text can become.
        foreach (var token in control.Where(t => t.Id != 0))
        {
            foreach (var text in (string[])[token.Text, " " + token.Text, "the" + token.Text + "cat"]) Assert.DoesNotContain(token.Id, tokenizer.Encode(text));
        }
    }

    private static IEnumerable<JsonObject> AllKinds() =>
    [
        Token("<mask>", 0, special: true, left: true), Token("<tag>", 0, right: true), Token("[x]", 0, left: true, right: true), Token("bold", 0, normalized: true), Token("\n\n", 0),
    ];

    // A decomposed letter, a ligature, line ends (in one grapheme, of which the first has a replacement), and what is taken away.
    private static string Charsmap() => CharsmapWriter.Write(new()
    {
        ["e\u0301"] = "\u00e9", ["\uFB01"] = "fi", ["\r"] = " ", ["\n"] = " ", ["\u200D"] = "", ["\u0001"] = "", ["T"] = "t", ["A"] = "a", ["\u6771"] = "\u6771\u4eac", ["\U0001F680"] = "->", ["\u00a0"] = " ",
    });

    private static JsonObject SomeBytes(bool fuse)
    {
        var file = Llama(fuse: fuse);
        var vocabulary = file["model"]!["vocab"]!.AsObject();
        // The missing ids are taken by added tokens, so that ids stay without gaps.
        for (var b = 0x80; b < 0xB0; b++) vocabulary.Remove($"<0x{b:X2}>");
        var kept = vocabulary.Select(p => p.Key).ToList();
        file["model"]!["vocab"] = new JsonObject(kept.Select((k, i) => KeyValuePair.Create(k, (JsonNode?)i)));
        return file;
    }

    private static JsonObject Set(JsonObject file, string key, string json)
    {
        var steps = key.Split('.');
        JsonNode at = file;
        foreach (var step in steps[..^1]) at = at[step]!;
        at[steps[^1]] = Parse(json);
        return file;
    }

    private static bool BecomesSpecial(string text) =>
        SentencePieceFiles.Special.Any(s => text.ToLowerInvariant().Replace(s, "", StringComparison.Ordinal).Length != text.Replace(s, "", StringComparison.Ordinal).Length);

    private static Tokenizer Load(JsonObject file) => Tokenizer.Parse(Bytes(file), "small.json");

    private static void Compare(string file, Action<Tokenizer, Tokenizers.DotNet.Tokenizer> test)
    {
        var json = s_files[file]();
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, Bytes(json));
            using var library = new Tokenizers.DotNet.Tokenizer(path);
            test(Load(json), library);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
