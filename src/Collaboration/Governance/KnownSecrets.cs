using System.Buffers;

namespace AgentTeams.Collaboration;

/// <summary>A secret that a vault knows.</summary>
/// <param name="Text">The secret.</param>
/// <param name="IsComposite">Whether parts of it are what patterns find.</param>
internal sealed record KnownSecret(string Text, bool IsComposite);

/// <summary>The secrets that a vault knew at a moment, in the order in which they are looked for.</summary>
internal sealed class KnownSecrets
{
    // A shorter value that is no pattern's would be found in the middle of words.
    public const int Shortest = 4;

    public KnownSecrets(IReadOnlyCollection<KeyValuePair<string, KnownSecret>> values)
    {
        KeyValuePair<string, KnownSecret>[] known = [.. values];
        Count = known.Length;
        (Composites, Others) = (new(known.Where(v => v.Value.IsComposite)), new(known.Where(v => !v.Value.IsComposite)));
    }

    public static KnownSecrets None { get; } = new([]);

    public int Count { get; }

    public Group Composites { get; }

    public Group Others { get; }

    /// <summary>Secrets, longer ones first, as a shorter one may be a part of them.</summary>
    internal sealed class Group(IEnumerable<KeyValuePair<string, KnownSecret>> values)
    {
        // Below, looking for one after another costs less than making a search for all.
        private const int ShortText = 4096;

        private readonly (string Placeholder, string Text)[] _values =
            [.. values.Where(v => v.Value.Text.Length >= Shortest).OrderByDescending(v => v.Value.Text.Length).ThenBy(v => v.Key, StringComparer.Ordinal).Select(v => (v.Key, v.Value.Text))];

        private SearchValues<string>? _search;

        /// <summary>The secrets and their placeholders; none where a text holds none of them.</summary>
        public (string Placeholder, string Text)[] In(string text)
        {
            if (_values.Length < 2 || text.Length < ShortText) return _values;
            _search ??= SearchValues.Create([.. _values.Select(v => v.Text)], StringComparison.Ordinal);
            return text.AsSpan().ContainsAny(_search) ? _values : [];
        }
    }
}
