using System.Text;

namespace AgentTeams.Tests;

/// <summary>The bytes of single ids add up to what decoding all of them reads.</summary>
public sealed class TokenBytesTests
{
    [Fact]
    public void In_IdById_GivesWhatDecodeReads()
    {
        var random = new SeedKey(14).ToRandom();
        var tokenizer = SmallTokenizer.Load("<a>", "naïve 🙂");
        var texts = TokenBytes.Of(tokenizer);
        for (var i = 0; i < 20_000; i++)
        {
            // Any ids, so that most byte sequences are no UTF-8; now and then a whole character to build upon.
            var ids = new List<int>();
            for (var n = random.Next(1, 12); n > 0; n--)
            {
                if (random.Next(3) == 0) ids.AddRange(tokenizer.Encode(new Rune(random.Next(0x20000, 0x2A6DF)).ToString()));
                else ids.Add(random.Next(-1, tokenizer.VocabularySize + 1));
            }

            var bytes = new List<byte>();
            foreach (var id in ids) bytes.AddRange(texts.In(id));
            Assert.Equal(tokenizer.Decode(ids), Encoding.UTF8.GetString([.. bytes]));
            var settled = Settled(tokenizer, ids);
            Assert.All(settled, s => Assert.False(s.Length > 0 && char.IsHighSurrogate(s[^1])));
            Assert.StartsWith(settled[^1], tokenizer.Decode(ids).Trim(), StringComparison.Ordinal);
        }
    }

    private static List<string> Settled(Tokenizer tokenizer, List<int> ids)
    {
        var reply = new ReplyText(TokenBytes.Of(tokenizer), []);
        return [.. ids.Select(id =>
        {
            reply.Append(id);
            return reply.Settled().ToString();
        })];
    }
}
