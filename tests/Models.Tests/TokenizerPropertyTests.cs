using System.Text;

namespace AgentTeams.Tests;

public sealed class TokenizerPropertyTests
{
    private static readonly (int From, int To)[] s_blocks =
    [
        (0, 0x7F), (0x80, 0x24F), (0x300, 0x36F), (0x590, 0x6FF), (0x900, 0xDFF), (0x1100, 0x11FF), (0x2000, 0x206F), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3),
        (0xF900, 0xFAFF), (0x10400, 0x1044F), (0x11080, 0x110BA), (0x1D15E, 0x1D1C0), (0x1D400, 0x1D7FF), (0x1F300, 0x1F6FF), (0x20000, 0x2A6DF), (0xE0001, 0xE007F), (0xF0000, 0x10FFFF),
    ];

    private static string RandomText(Random random)
    {
        var text = new StringBuilder();
        for (var parts = random.Next(1, 8); parts > 0; parts--)
        {
            var (from, to) = s_blocks[random.Next(s_blocks.Length)];
            for (var i = random.Next(1, 6); i > 0; i--) text.Append(new Rune(random.Next(from, to + 1)));
            text.Append(random.Next(4) switch { 0 => " ", 1 => "\n", 2 => "<a>", _ => "" });
        }

        return text.ToString();
    }

    [Fact]
    public void Decode_OfEncode_IsTheNormalizedText()
    {
        var random = new SeedKey(11).ToRandom();
        var tokenizer = SmallTokenizer.Load("<a>");
        for (var i = 0; i < 5_000; i++)
        {
            var text = RandomText(random);
            var special = i % 2 == 0;
            // Text on both sides of a token is normalised on its own.
            var expected = special ? string.Join("<a>", text.Split("<a>").Select(t => Nfc.Normalize(t))) : Nfc.Normalize(text);
            Assert.Equal(expected, tokenizer.Decode(tokenizer.Encode(text, parseSpecial: special), skipSpecial: false));
        }
    }

    [SharedDataFact(Published.Folder)]
    public void Decode_OfEncodeByThePublishedTokenizer_IsTheNormalizedText()
    {
        var random = new SeedKey(12).ToRandom();
        for (var i = 0; i < 5_000; i++)
        {
            var text = RandomText(random);
            Assert.Equal(Nfc.Normalize(text), Published.Qwen3.Decode(Published.Qwen3.Encode(text)));
        }
    }

    [Fact]
    public void Encode_LongWord_IsMergedAsByOneMergeAfterTheOther()
    {
        var random = new SeedKey(13).ToRandom();
        var tokenizer = BpeTrainer.Train(["abababab bababa aabb abba baab aaaa bbbb abcabc"], 290, [], []);
        var merges = tokenizer.Definition.Merges.ToList();
        for (var i = 0; i < 300; i++)
        {
            var word = string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => (char)('a' + random.Next(3))));
            var parts = word.Select(c => c.ToString()).ToList();
            foreach (var (left, right) in merges)
            {
                // One merge after the other, each wherever it fits: the rule itself, without a queue.
                for (var at = 0; at + 1 < parts.Count; at++)
                {
                    if (parts[at] != left || parts[at + 1] != right) continue;
                    parts[at] += right;
                    parts.RemoveAt(at + 1);
                }
            }

            Assert.Equal(parts, tokenizer.Encode(word).Select(id => tokenizer.Decode([id])));
        }
    }

    [Fact]
    public void Encode_LoneSurrogates_BecomeReplacementCharacters()
    {
        var tokenizer = SmallTokenizer.Load();
        Assert.Equal("a\uFFFDb\uFFFD", tokenizer.Decode(tokenizer.Encode("a\uD800b\uDC00")));
    }

    [Fact]
    public async Task Encode_FromManyThreads_GivesTheSameIds()
    {
        var tokenizer = SmallTokenizer.Load();
        var words = Enumerable.Range(0, 60_000).Select(i => " w" + i).ToArray();
        var expected = words.Select(w => tokenizer.Encode(w)).ToArray();
        await Parallel.ForAsync(0, 4, (_, _) =>
        {
            for (var i = 0; i < words.Length; i++) Assert.Equal(expected[i], tokenizer.Encode(words[i]));
            return ValueTask.CompletedTask;
        });
    }
}
