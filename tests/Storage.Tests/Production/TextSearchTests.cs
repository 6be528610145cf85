using System.Text.RegularExpressions;
using CsCheck;

namespace AgentTeams.Tests;

/// <summary>What redactors find is what their patterns match, tried at each place.</summary>
public sealed class TextSearchTests
{
    private static readonly string[] s_parts =
    [
        "a", "Z", "_", "é", "\u0301", "\u200D", "字", "0", "1", "26", "4111", " 1111", "-1111", "49", "030", "555", "0123", "00", "+", "(", ")", "/", ".", "-", " ", "\n", "\u00A0", "@", "a@", "ann@b.", "org", "b.co", "%", "'",
        "sk-", "rk_", "ghp_", "github_pat_", "glpat-", "hf_", "xoxb-", "AKIA", "ASIA0123456789ABCDEF", "AIza", "ya29.", "npm_", "eyJabcdefgh", ".abcdefgh.", "abcdefgh0123456789", "0123456789", "Bearer ", "bearer\n", "Basic  ", "earer ", "basic ", "asic",
        "-----BEGIN ", "PRIVATE KEY-----", "-----END ", "api", "API", "key", "_", "access", "token", "auth", "refresh", "client", "Secret", "passw", "passwor", "d", "pwd", "passphrase", "=", ":", "\"", "; ", "[secret]", "&", "DE89", "ABCD", " 3704",
    ];

    private static readonly Gen<string> s_texts = Gen.Int[0, s_parts.Length - 1].Array[0, 40].Select(parts => string.Concat(parts.Select(p => s_parts[p])));

    private static readonly (TextSearch Search, Regex Pattern)[] s_all =
    [
        Pair(Redactors.EmailPattern(), TextStarts.Email), Pair(Redactors.CardPattern(), TextStarts.Card), Pair(Redactors.PhonePattern(), TextStarts.Phone),
        Pair(SecretRedactor.Keys(), TextStarts.Key), Pair(SecretRedactor.NamedHere(), TextStarts.Name),
    ];

    [Fact]
    public void Replace_AnyText_FindsWhatThePatternMatchesAtAnyPlace() => s_texts.Sample(text =>
    {
        foreach (var (search, pattern) in s_all) Assert.Equal(pattern.Replace(text, Marked), search.Replace(text, Marked));
    }, iter: 20_000);

    [Fact]
    public void Redact_LettersThatReadLikeAscii_AreReadAsThePatternReadsThem()
    {
        string[] like = [.. Enumerable.Range(128, char.MaxValue - 127).Select(c => ((char)c).ToString()).Where(c => Regex.IsMatch(c, "[a-z]", RegexOptions.IgnoreCase))];

        Assert.NotEmpty(like);
        Assert.All(like, c => Assert.True(TextStarts.HasLettersLikeAscii(c)));
        Assert.Equal("api_\u212Aey=[secret]", Redactors.Secrets.Redact("api_\u212Aey=hush"));
    }

    private static (TextSearch Search, Regex Pattern) Pair(Regex here, Func<string, int, int> next) => (new(here, next), new(here.ToString()[@"\G".Length..], here.Options));

    private static string Marked(Match match) => $"<{match.Value}>";
}
