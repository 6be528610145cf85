namespace AgentTeams.Tests;

/// <summary>What streams is what the whole reply says, never taken back and never half a character.</summary>
public sealed class ReplyTextTests
{
    private static readonly string[][] s_stops = [[], ["END"], ["\n\n", "ab"], [" x", "xyz", "yz "], ["\n"], ["é", "aa"], ["\nb", "b\n"], [" "]];

    [Fact]
    public void Settled_AnyReply_GrowsIntoTheFinishedText()
    {
        var random = new Random(1);
        var streamed = 0;
        for (var run = 0; run < 3000; run++)
        {
            var stops = s_stops[run % s_stops.Length];
            var reply = new ReplyText(TokenBytes.Of(TestTokenizer.Instance), stops);
            var ids = new List<int>();
            var settled = "";
            for (var t = 0; t < 30 && !reply.IsStopped; t++)
            {
                ids.Add(Next(random, run));
                reply.Append(ids[^1]);
                Assert.Equal(stops.Any(s => Decode(ids).Contains(s, StringComparison.Ordinal)), reply.IsStopped);
                var more = reply.Settled().ToString();
                Assert.StartsWith(settled, more, StringComparison.Ordinal);
                settled = more;
            }

            var finished = ReplyText.Finish(TestTokenizer.Instance.Decode(ids), stops);
            Assert.StartsWith(settled, finished, StringComparison.Ordinal);
            streamed += settled.Length;
        }

        Assert.True(streamed > 30_000, $"only {streamed} characters streamed");
    }

    [Theory]
    [InlineData("an answer\nrC and more", "\nrC", "an answer")]
    [InlineData("an answer END", "END", "an answer")]
    [InlineData("\nrC", "\nrC", "")]
    [InlineData("an answer\n", "\n", "an answer")]
    [InlineData("  an answer  ", "zz", "an answer")]
    [InlineData("one two ", "o ", "one tw")]
    public void StopText_WithWhiteSpaceAtItsEdge_IsCutOffWholeAndStreamed(string raw, string stop, string expected)
    {
        Assert.Equal(expected, ReplyText.Finish(raw, [stop]));
        var reply = new ReplyText(TokenBytes.Of(TestTokenizer.Instance), [stop]);
        foreach (var id in TestTokenizer.Instance.Encode(raw))
        {
            reply.Append(id);
            Assert.StartsWith(reply.Settled().ToString(), expected, StringComparison.Ordinal);
        }

        Assert.Equal(raw.Contains(stop, StringComparison.Ordinal), reply.IsStopped);
        Assert.Equal(expected, reply.Settled().ToString());
    }

    [Fact]
    public void Settled_CharacterOfSeveralTokens_ArrivesWhole()
    {
        var reply = new ReplyText(TokenBytes.Of(TestTokenizer.Instance), []);
        var ids = TestTokenizer.Instance.Encode("🦊").ToList();
        Assert.True(ids.Count > 1);
        foreach (var id in ids.SkipLast(1))
        {
            reply.Append(id);
            Assert.Equal("", reply.Settled().ToString());
        }

        reply.Append(ids[^1]);
        Assert.Equal("🦊", reply.Settled().ToString());
    }

    [Fact]
    public void Settled_BeginningOfAStopText_IsHeldBack()
    {
        var reply = new ReplyText(TokenBytes.Of(TestTokenizer.Instance), ["END"]);
        Assert.Equal("an", Say("an E"));
        Assert.Equal("an", Say("N"));
        Assert.Equal("an ENx", Say("x"));
        Assert.Equal("an ENx", Say("END"));
        Assert.True(reply.IsStopped);

        string Say(string text)
        {
            foreach (var id in TestTokenizer.Instance.Encode(text)) reply.Append(id);
            return reply.Settled().ToString();
        }
    }

    // Decoding in the middle of a character shows a replacement that the rest of the character takes away again.
    private static string Decode(List<int> ids) => TestTokenizer.Instance.Decode(ids).TrimEnd('\uFFFD');

    private static int Next(Random random, int run) => run % 2 == 0
        ? random.Next(-1, TestTokenizer.Instance.VocabularySize + 3)
        : TestTokenizer.Instance.Encode("END\nxyzabé é🚀"[random.Next(12)..])[0];
}
