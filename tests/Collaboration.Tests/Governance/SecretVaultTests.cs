using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class SecretVaultTests
{
    private static readonly byte[] s_key = Encoding.UTF8.GetBytes("a key of at least 16 bytes");

    [Theory]
    [InlineData("Write to ann@example.org.", "EMAIL", "ann@example.org")]
    [InlineData("password=hunter2x", "KEY", "hunter2x")]
    [InlineData("Pay with 4111 1111 1111 1111", "CARD", "4111 1111 1111 1111")]
    [InlineData("Call +49 30 901820", "PHONE", "+49 30 901820")]
    [InlineData("To DE89 3704 0044 0532 0130 00, please", "ACCOUNT", "DE89 3704 0044 0532 0130 00")]
    [InlineData("{\"to\":\"ann\\u0040example.org\"}", "EMAIL", "ann@example.org")]
    public void Protect_OfAKindOfSecret_HidesItAndRevealGivesItBack(string text, string kind, string secret)
    {
        var vault = new SecretVault();

        var safe = vault.Protect(text);

        Assert.DoesNotContain(secret, safe, StringComparison.Ordinal);
        Assert.Matches($"<{kind}_[0-9a-f]{{8}}>", safe);
        Assert.Contains(secret, vault.Reveal(safe), StringComparison.Ordinal);
        Assert.Equal(safe, vault.Protect(safe));
    }

    [Fact]
    public void Protect_SameKeyInAnyOrder_GivesTheSamePlaceholders()
    {
        var (a, b) = (new SecretVault(new() { Key = s_key }), new SecretVault(new() { Key = s_key }));
        var (first, second) = ("x@example.org", "y@example.org");

        Assert.Equal((a.Protect(first), a.Protect(second)), (b.Protect(second), b.Protect(first)) is var (y, x) ? (x, y) : default);
        Assert.Equal(a.Id, b.Id);
        Assert.NotEqual(a.Protect(first), new SecretVault().Protect(first));
    }

    [Fact]
    public void Protect_OnceKnown_IsFoundWithoutItsPattern()
    {
        var vault = new SecretVault(new() { Kinds = [SecretKind.Key, SecretKind.Of("CUSTOMER", new Regex(@"\bC-\d{6}\b"))] });
        var placeholder = vault.Add("NAME", "Ada Lovelace");

        Assert.Equal($"Dear {placeholder}!", vault.Protect("Dear Ada Lovelace!"));
        vault.Protect("password: swordfish");
        Assert.DoesNotContain("swordfish", vault.Protect("He said swordfish twice."), StringComparison.Ordinal);
        Assert.StartsWith("<CUSTOMER_", vault.Protect("C-123456"), StringComparison.Ordinal);
        Assert.DoesNotContain("hush", vault.Protect(new Dictionary<string, string> { ["password"] = "hush!" })["password"], StringComparison.Ordinal);
        Assert.Throws<AgentTeamsException>(() => vault.Add("NAME", "Ada"));
        Assert.Throws<AgentTeamsException>(() => vault.Add("name", "Ada Lovelace"));
    }

    [Fact]
    public void Protect_KnownPartOfALongerSecret_LeavesNothingOfIt()
    {
        var vault = new SecretVault();
        vault.Add("NAME", "abcdefgh");
        vault.Add("NAME", "Ada <ada@example.org>");
        vault.Add("CODE", "12ab");

        Assert.Matches("^<KEY_[0-9a-f]{8}>$", vault.Protect("sk-abcdefgh0123456789"));
        Assert.Matches("^to <NAME_[0-9a-f]{8}>!$", vault.Protect("to Ada <ada@example.org>!"));
        for (var i = 0; i < 200; i++) Assert.Equal($"{i}@example.org", vault.Reveal(vault.Protect(vault.Protect($"{i}@example.org"))));
    }

    [Fact]
    public void Reveal_OfAnothersPlaceholder_IsRefused()
    {
        var foreign = new SecretVault().Protect("ann@example.org");

        Assert.Equal(foreign, Assert.Throws<UnknownPlaceholderException>(() => new SecretVault().Reveal(foreign)).Placeholder);
    }

    [Fact]
    public async Task RevealAsync_AnyCuts_GivesTheTextAsAWhole()
    {
        var vault = new SecretVault();
        var text = vault.Protect("a < b, ann@example.org <ann@example.org> and sk-0123456789abcdefgh <E");
        await Gen.Int[1, 12].Array[1, 40].SampleAsync(async cuts =>
        {
            var told = new StringBuilder();
            await foreach (var chunk in vault.RevealAsync(Cut(text, cuts))) told.Append(chunk);
            Assert.Equal(vault.Reveal(text), told.ToString());
        }, iter: 60);
    }

    [Fact]
    public void Protect_TextFileInAValue_HidesWhatItsBase64Holds()
    {
        var vault = new SecretVault();
        var file = new DataContent(Encoding.UTF8.GetBytes("To ann@example.org"), "text/plain");

        var safe = vault.Protect(new ChatMessage(ChatRole.User, [file]));

        Assert.Equal("To ann@example.org", vault.Reveal(Encoding.UTF8.GetString(((DataContent)safe.Contents[0]).Data.Span)));
        Assert.Equal(1, vault.Count);
    }

    [Fact]
    public void Replace_BankAccounts_FindsWhatThePatternMatchesAtAnyPlace()
    {
        var pattern = new Regex(SecretKind.IbanPattern().ToString()[@"\G".Length..]);
        string[] parts = ["DE", "D", "89", "8", " ", "3704", "ABCD", "A1", "xDE89", "é", "-", "GB29 NWBK 6016"];
        Gen.Int[0, parts.Length - 1].Array[0, 14].Select(chosen => string.Concat(chosen.Select(c => parts[c]))).Sample(text =>
            Assert.Equal(pattern.Replace(text, m => $"<{m.Value}>"), SecretKind.Account.Finder.Replace(text, found => $"<{found}>")), iter: 20_000);
    }

    [Fact]
    public void Options_ThatCannotBe_TellWhat()
    {
        Assert.Throws<AgentTeamsException>(() => new SecretVault(new() { Key = new byte[4] }));
        Assert.Throws<AgentTeamsException>(() => new SecretVault(new() { Kinds = [] }));
        Assert.Throws<AgentTeamsException>(() => new SecretVault(new() { Kinds = [SecretKind.Email, SecretKind.Email] }));
    }

    private static async IAsyncEnumerable<string> Cut(string text, int[] cuts)
    {
        var at = 0;
        for (var i = 0; at < text.Length; i++)
        {
            var length = Math.Min(cuts[i % cuts.Length], text.Length - at);
            yield return text.Substring(at, length);
            at += length;
            await Task.Yield();
        }
    }
}
