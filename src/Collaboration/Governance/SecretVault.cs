using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace AgentTeams.Collaboration;

/// <summary>
/// Knows secrets by typed placeholders such as <c>&lt;EMAIL_1f0c22a9&gt;</c>, which stand for them wherever they must not be seen, and puts them back where they may.
/// What a placeholder stands for leaves the vault by <see cref="Reveal(string)"/> and its <see cref="ISecretStore"/> alone. Safe for concurrent use.
/// </summary>
/// <example>
/// <code>
/// var vault = new SecretVault(new() { Key = key });
/// string safe = vault.Protect("Write to ann@example.org");   // Write to &lt;EMAIL_…&gt;
/// string again = vault.Reveal(safe);
/// </code>
/// </example>
public sealed partial class SecretVault
{
    private readonly SecretVaultOptions _options;
    private readonly byte[] _key;
    private readonly ConcurrentDictionary<string, KnownSecret> _values = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private KnownSecrets _known = KnownSecrets.None;

    /// <summary>Makes a vault, and reads what its store kept.</summary>
    /// <exception cref="AgentTeamsException">An option is not valid, or the store holds what is no placeholder.</exception>
    public SecretVault(SecretVaultOptions? options = null)
    {
        _options = options ?? new();
        OptionChecks.Validate(_options);
        _key = _options.Key.IsEmpty ? RandomNumberGenerator.GetBytes(32) : _options.Key.ToArray();
        Id = Convert.ToHexStringLower(HMACSHA256.HashData(_key, "the vault itself"u8).AsSpan(0, 8));
        foreach (var (placeholder, value) in _options.Store?.Load() ?? [])
        {
            Guard.Require(Placeholder().Match(placeholder) is { Success: true, Length: var length } && length == placeholder.Length, "The store of a vault holds an entry that is no placeholder. Give the store that a vault wrote.");
            _values[placeholder] = KnownAs(value);
        }
    }

    /// <summary>Which vault it is, told from its key: noted in journals, so that a run goes on with its own vault only. It says nothing of the key.</summary>
    public string Id { get; }

    /// <summary>How many secrets it knows.</summary>
    public int Count => _values.Count;

    /// <summary>Takes a value for a secret, wherever it stands, whether or not a pattern finds it.</summary>
    /// <param name="kind">The word that its placeholder begins with, as a <see cref="SecretKind"/>'s name.</param>
    /// <param name="value">The secret: at least 4 characters.</param>
    /// <returns>Its placeholder.</returns>
    public string Add(string kind, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        OptionChecks.Validate(new SecretKind(kind, Redactors.Secrets), "The kind of a secret");
        Guard.Require(value.Length >= KnownSecrets.Shortest, string.Create(CultureInfo.InvariantCulture, $"A secret of the kind '{kind}' has {value.Length} characters. Give at least {KnownSecrets.Shortest}: a shorter one is found in the middle of words."));
        return Keep(kind, value);
    }

    /// <summary>The text with a placeholder for each secret.</summary>
    public string Protect(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0) return text;
        var safe = ProtectPlain(text, keeps: true);
        // A JSON text may write a secret with escapes.
        return text.Contains('\\', StringComparison.Ordinal) && text.AsSpan().TrimStart() is ['{' or '[' or '"', ..] ? ProtectJson(safe) : safe;
    }

    /// <summary>The value with a placeholder for each secret in its texts, by way of its JSON.</summary>
    /// <exception cref="AgentTeamsException">It is not JSON, or a member that holds a secret cannot hold a text.</exception>
    public T Protect<T>(T value) => value is string text ? (T)(object)Protect(text) : SecretJson.Protect(this, value, out _);

    /// <summary>The text with its secrets.</summary>
    /// <exception cref="UnknownPlaceholderException">The vault does not know a placeholder.</exception>
    public string Reveal(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Placeholder().Replace(text, match => _values.TryGetValue(match.Value, out var known) ? known.Text : throw new UnknownPlaceholderException(match.Value, Id));
    }

    /// <summary>Chunks of a text with their secrets: what may be the beginning of a placeholder waits for its end.</summary>
    public async IAsyncEnumerable<string> RevealAsync(IAsyncEnumerable<string> chunks, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        var held = "";
        await foreach (var chunk in chunks.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            held += chunk;
            var beginning = Beginning().Match(held);
            var ready = beginning.Success ? beginning.Index : held.Length;
            if (ready > 0) yield return Reveal(held[..ready]);
            held = held[ready..];
        }

        if (held.Length > 0) yield return Reveal(held);
    }

    /// <summary>The text with placeholders, none of which the vault keeps: for looking at what may be only a part of a text.</summary>
    internal string Probe(string text) => ProtectPlain(text, keeps: false);

    /// <summary>The kinds of secrets in a text, of which none may be there; empty where there are none.</summary>
    internal IReadOnlyList<string> Find(string text)
    {
        var safe = Protect(text);
        return safe == text ? [] : [.. Placeholder().Matches(safe).Select(m => m.Groups["kind"].Value).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Whether every placeholder of a text is one of this vault's.</summary>
    internal void EnsureKnown(string text)
    {
        foreach (Match match in Placeholder().Matches(text))
        {
            if (!_values.ContainsKey(match.Value)) throw new UnknownPlaceholderException(match.Value, Id);
        }
    }

    /// <summary>The text without placeholders that the vault does not know: whoever wrote them made them up.</summary>
    internal string WithoutUnknown(string text) => Placeholder().Replace(text, match => _values.ContainsKey(match.Value) ? match.Value : $"<{match.Groups["kind"].Value}_unknown>");

    /// <summary>As <see cref="Protect(string)"/>, for what stands under a name.</summary>
    internal string ProtectMember(string name, string value)
    {
        foreach (var kind in _options.Kinds) value = kind.Finder.ReplaceMember(name, value, found => Replace(kind.Name, found));
        return Protect(value);
    }

    private string ProtectPlain(string text, bool keeps)
    {
        // A whole that holds what patterns find goes before its parts; else a pattern's finding goes before what is known, which may be a part of it.
        text = ReplaceKnown(text, isComposite: true);
        foreach (var kind in _options.Kinds) text = kind.Finder.Replace(text, found => Replace(kind.Name, found, keeps));
        return ReplaceKnown(text, isComposite: false);
    }

    private string ReplaceKnown(string text, bool isComposite)
    {
        var known = Volatile.Read(ref _known);
        if (known.Count != _values.Count) Volatile.Write(ref _known, known = new(_values));
        foreach (var (placeholder, value) in (isComposite ? known.Composites : known.Others).In(text))
        {
            if (!text.Contains(value, StringComparison.Ordinal)) continue;
            var (written, at) = (new StringBuilder(), 0);
            foreach (Match match in Placeholder().Matches(text))
            {
                written.Append(text[at..match.Index].Replace(value, placeholder, StringComparison.Ordinal)).Append(match.Value);
                at = match.Index + match.Length;
            }

            text = written.Append(text[at..].Replace(value, placeholder, StringComparison.Ordinal)).ToString();
        }

        return text;
    }

    private string ProtectJson(string text)
    {
        try
        {
            return SecretJson.ProtectText(this, text);
        }
        catch (JsonException)
        {
            // It only begins like JSON.
            return text;
        }
    }

    private string Replace(string kind, string found, bool keeps = true) => Placeholder().IsMatch(found) ? found : keeps ? Keep(kind, found) : PlaceholdersOf(kind, found).Full;

    private (string Brief, string Full) PlaceholdersOf(string kind, string value)
    {
        var hash = Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{kind}\0{value}")).AsSpan(0, 8));
        return ($"<{kind}_{hash.AsSpan(0, 8)}>", $"<{kind}_{hash}>");
    }

    private string Keep(string kind, string value)
    {
        var (brief, full) = PlaceholdersOf(kind, value);
        if (_values.TryGetValue(brief, out var known) && known.Text == value) return brief;
        lock (_gate)
        {
            // Of two secrets that agree in the first digits, the later one is told by all.
            var placeholder = _values.TryGetValue(brief, out var other) && other.Text != value ? full : brief;
            if (_values.ContainsKey(placeholder)) return placeholder;
            _options.Store?.Add(placeholder, value);
            _values[placeholder] = KnownAs(value);
            return placeholder;
        }
    }

    private KnownSecret KnownAs(string value)
    {
        var parts = value;
        foreach (var kind in _options.Kinds) parts = kind.Finder.Replace(parts, found => Replace(kind.Name, found, keeps: false));
        return new(value, parts != value && Placeholder().Match(parts).Length != parts.Length);
    }

    [GeneratedRegex("<(?<kind>[A-Z][A-Z0-9_]{0,23})_(?:[0-9a-f]{16}|[0-9a-f]{8})>")]
    private static partial Regex Placeholder();

    [GeneratedRegex("<(?:[A-Z][A-Z0-9_]{0,23}(?:_[0-9a-f]{0,16})?)?$")]
    private static partial Regex Beginning();
}
