using System.Globalization;
using System.Text;
using CsCheck;

namespace AgentTeams.Tests;

/// <summary>The ids of the published tokenizers library are the oracle; its native part is there for Linux on x64 only.</summary>
public sealed class RealTokenizerTests
{
    private const int Texts = 10_000;
    private static readonly string[] s_parts =
    [
        "number0", " number1", "number10", "(", ")", "=", " + ", "cat", " concatenated", "catalogue", "the ", "hat", "<|sep|>", "<|coder|>", "\n", "\t", "  ", " \u00a0", "'s", "'LL", "12", "_", "-", "caf\u00e9", "e\u0301",
        "\u6771\u4eac", "\U0001F680", "\u0130", "\u200d", "<tool_call>", "<|im_start|>", "\r\n", "...", "\u01c5", "\u0967", "A", "Zo\u00eb",
    ];

    // Half of the texts are put together from what tokenizers trip over, half are any characters.
    private static Gen<string> Text { get; } = Gen.OneOf(
        Gen.Int[0, s_parts.Length - 1].List[0, 12].Select(i => string.Concat(i.Select(p => s_parts[p]))),
        Gen.Int[1, 0x1FFFF].Where(c => Rune.IsValid(c) && !IsNewMark(c)).List[0, 10].Select(r => string.Concat(r.Select(c => new Rune(c).ToString()))),
        Gen.Char[' ', '~'].List[0, 30].Select(c => string.Concat(c)));

    // The library's tables of combining marks are older than ours: marks added since, and any beyond the first plane, may come in another order there.
    private static bool IsNewMark(int c) => c > 0xFFFF
        ? Rune.GetUnicodeCategory(new Rune(c)) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
        : c is 0x7FD or (>= 0x897 and <= 0x89F) or (>= 0x8CA and <= 0x8D3) or 0x9FE or 0xC3C or 0xD3B or 0xD3C or 0xEBA or 0xECE or 0x1715
            or (>= 0x1ABF and <= 0x1ACE) or (>= 0x1DF6 and <= 0x1DFA) or 0xA82C;

    [NativeFact]
    public void Encode_TokenizerTrainedHere_GivesTheIdsOfTheLibrary()
    {
        string[] corpus = ["the cat sat on the mat , number0 + number1 = ( concatenated ) catalogue", "the hat and the cat number10 caf\u00e9", "a cat , a hat : 12 hats for number0 cats"];
        Compare(BpeTrainer.Train(corpus, 400, [.. MinimalChatTemplate.SpecialTokens, "<|coder|>"], ["number0", "number1", "cat", "+", "=", "(", ")", "no value"]));
    }

    [NativeFact]
    public void Encode_TokenizerWithoutWholeWords_GivesTheIdsOfTheLibrary() => Compare(TestTokenizer.Instance);

    [NativeFact]
    public void Encode_EveryTokenOfATrainedTokenizer_HasTheSameIdInTheLibrary() => InFolder(TestTokenizer.Instance, (path, library) =>
    {
        var loaded = Tokenizer.Load(path);
        for (var id = 0; id < TestTokenizer.Instance.VocabularySize; id++)
        {
            var text = TestTokenizer.Instance.Decode([id], skipSpecial: false);
            Assert.Equal(text, loaded.Decode([id], skipSpecial: false));
            if (!text.Contains('\uFFFD', StringComparison.Ordinal)) Assert.Equal(library.Encode(text), TestTokenizer.Instance.Encode(text, parseSpecial: true).Select(i => (uint)i));
        }
    });

    [NativeFact(SharedFolder = Published.Folder)]
    public void Encode_Qwen3_GivesTheIdsOfTheLibrary()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, Published.Qwen3File());
            Compare(Published.Qwen3, path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Compare(Tokenizer tokenizer) => InFolder(tokenizer, (path, _) =>
    {
        Compare(tokenizer, path);
        Compare(Tokenizer.Load(path), path);
    });

    private static void Compare(Tokenizer tokenizer, string path)
    {
        using var library = new Tokenizers.DotNet.Tokenizer(path);
        Text.Sample(text =>
        {
            var ids = tokenizer.Encode(text, parseSpecial: true);
            Assert.Equal(library.Encode(text), ids.Select(i => (uint)i));
            if (!tokenizer.Definition.Stages.Normalizer.IsActive) Assert.Equal(text, tokenizer.Decode(ids, skipSpecial: false));
        }, iter: Texts, threads: 1, seed: "0000000000001");
    }

    private static void InFolder(Tokenizer tokenizer, Action<string, Tokenizers.DotNet.Tokenizer> test)
    {
        var path = Path.GetTempFileName();
        try
        {
            tokenizer.Save(path);
            using var library = new Tokenizers.DotNet.Tokenizer(path);
            test(path, library);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
