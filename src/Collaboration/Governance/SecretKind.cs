using System.Text.RegularExpressions;

namespace AgentTeams.Collaboration;

/// <summary>What a vault takes for a secret, and the word that its placeholders begin with.</summary>
/// <param name="Name">Capital letters, digits and '_', a letter first: <c>EMAIL</c> gives <c>&lt;EMAIL_1f0c22a9&gt;</c>.</param>
/// <param name="Finder">Finds it in texts.</param>
/// <example><code>var account = SecretKind.Of("ACCOUNT", new Regex(@"\bACC-\d{8}\b"));</code></example>
public sealed partial record SecretKind(string Name, ITextFinder Finder) : IChecked
{
    /// <summary>E-mail addresses.</summary>
    public static SecretKind Email { get; } = new("EMAIL", Redactors.Email);

    /// <summary>Keys, tokens and passwords, by their form or by the name before them.</summary>
    public static SecretKind Key { get; } = new("KEY", Redactors.Secrets);

    /// <summary>Card numbers with a right check digit.</summary>
    public static SecretKind Card { get; } = new("CARD", Redactors.CreditCards);

    /// <summary>Telephone numbers.</summary>
    public static SecretKind Phone { get; } = new("PHONE", Redactors.PhoneNumbers);

    /// <summary>International bank account numbers (ISO 13616): two letters, two check digits and 11 to 30 letters and digits.</summary>
    public static SecretKind Account { get; } = new("ACCOUNT", new RegexRedactor(new TextSearch(IbanPattern(), TextStarts.Account), "[redacted]"));

    /// <summary>Whatever a pattern matches. Give the pattern a time-out; a text on which it ends fails the call.</summary>
    public static SecretKind Of(string name, Regex pattern) => new(name, new RegexRedactor(pattern));

    void IChecked.Check(OptionChecks checks) => checks
        .Require(Name is not null && NamePattern().IsMatch(Name), Name, "1 to 24 capital letters, digits and '_', a letter first and no '_' last")
        .RequireThat(Finder is not null, "Finder is null; give an ITextFinder.");

    [GeneratedRegex("^[A-Z](?:[A-Z0-9_]{0,22}[A-Z0-9])?$")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\G\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", RegexOptions.None, 2000)]
    internal static partial Regex IbanPattern();
}

/// <summary>Keeps what a vault knows longer than the process, so that a run goes on in another one.</summary>
public interface ISecretStore
{
    /// <summary>All that was added, by placeholder.</summary>
    IEnumerable<KeyValuePair<string, string>> Load();

    /// <summary>Keeps a secret. When it has returned, the secret survives: a journal may hold the placeholder from then on. Safe for concurrent use.</summary>
    /// <param name="placeholder">What stands for it.</param>
    /// <param name="value">The secret; keep it encrypted.</param>
    void Add(string placeholder, string value);
}

/// <summary>How a vault knows and keeps secrets. Every value has a default.</summary>
public sealed record SecretVaultOptions : IChecked
{
    /// <summary>What is taken for a secret, tried in this order.</summary>
    /// <value>Keys, e-mail addresses, accounts, cards and telephone numbers by default.</value>
    public IReadOnlyList<SecretKind> Kinds { get; init; } = [SecretKind.Key, SecretKind.Email, SecretKind.Account, SecretKind.Card, SecretKind.Phone];

    /// <summary>
    /// What placeholders follow from, together with the secret. Vaults of the same key give the same secret the same placeholder, in any order and any process;
    /// without the key nobody can try which secret a placeholder stands for.
    /// </summary>
    /// <value>At least 16 bytes. Empty, the default, for a random one: then runs go on in this process only, and no two are alike.</value>
    public ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>Where secrets are kept; needs a <see cref="Key"/>.</summary>
    /// <value>Null, the default: in memory alone.</value>
    public ISecretStore? Store { get; init; }

    void IChecked.Check(OptionChecks checks)
    {
        checks.RequireThat(Kinds is { Count: > 0 }, "Kinds is empty; give at least one kind of secret.")
            .RequireThat(Key.Length is 0 or >= 16, "Key is shorter than 16 bytes; give a longer one, or none.")
            .RequireThat(Store is null || Key.Length > 0, "There is a Store but no Key, so no other process would find anything in it; give the same key each time.");
        foreach (var kind in Kinds ?? []) checks.Part(kind, $"Kinds[{kind?.Name}]");
        var twice = (Kinds ?? []).GroupBy(k => k.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key;
        checks.RequireThat(twice is null, $"Two of Kinds are named '{twice}'; give each a name of its own.");
    }
}
