using System.Security.Cryptography;
using System.Text;

namespace AgentTeams.Tests;

public sealed class NfcTests
{
    [Theory]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("a\u0315\u0300\u05AE", "\u00E0\u05AE\u0315")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\U00011099\U000110BA", "\U0001109A")]
    [InlineData("e\u0345\u0301", "\u00E9\u0345")]
    [InlineData("e\u0327\u0327\u0301", "\u0229\u0327\u0301")]
    [InlineData("plain", "plain")]
    public void Normalize_KnownCases_Composes(string text, string expected) => Assert.Equal(expected, Nfc.Normalize(text));

    [Fact]
    public void Normalize_EveryCharacterOfThreePlanes_MatchesPython()
    {
        var text = new StringBuilder();
        for (var code = 0; code < 0x30000; code++)
        {
            if (code is >= 0xD800 and < 0xE000) continue;
            text.Append(new Rune(code)).Append("\u0301\u0323\ne").Append(new Rune(code)).Append("\u11A8\u0345\n\u1100").Append(new Rune(code)).Append('\u3099');
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Nfc.Normalize(text.ToString()))));
        // unicodedata 14.0.0 over the same text.
        Assert.Equal("7da3ad492eba4527d98f022b5c019748d700218e77a0a2a55dd0e7ebf9811702", hash);
    }

    [Fact]
    public void Normalize_LoneSurrogate_BecomesTheReplacementCharacter() => Assert.Equal("\uFFFD\u00E9", Nfc.Normalize("\uD800e\u0301"));
}
