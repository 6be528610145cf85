using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace AgentTeams;

/// <summary>Byte-level byte-pair encoding (Sennrich et al. 2016 over bytes), stored as a Hugging Face <c>tokenizer.json</c>.</summary>
public sealed class Tokenizer
{
    /// <summary>The pre-tokenisation that <see cref="BpeTrainer"/> uses: words with their leading space, single digits, punctuation.</summary>
    internal const string DefaultPattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const int CachedWords = 50_000;
    private readonly Dictionary<string, int> _vocabulary;
    private readonly string?[] _tokens;
    private readonly Dictionary<(string, string), int> _ranks;
    private readonly Regex _words;
    private readonly Dictionary<string, AddedToken> _added;
    private readonly Regex? _addedPattern;
    private readonly Regex? _plainAddedPattern;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);

    internal Tokenizer(Dictionary<string, int> vocabulary, IReadOnlyList<(string, string)> merges, IReadOnlyList<AddedToken> added, string pattern)
    {
        _vocabulary = vocabulary;
        Merges = merges;
        Added = added;
        Pattern = pattern;
        _ranks = merges.Select((m, i) => (m, i)).ToDictionary(p => p.m, p => p.i);
        _words = new Regex(pattern, RegexOptions.CultureInvariant);
        _added = added.ToDictionary(a => a.Text, StringComparer.Ordinal);
        _addedPattern = Alternatives(added);
        _plainAddedPattern = Alternatives([.. added.Where(a => !a.Special)]);
        VocabularySize = Math.Max(vocabulary.Values.DefaultIfEmpty(-1).Max(), added.Select(a => a.Id).DefaultIfEmpty(-1).Max()) + 1;
        _tokens = new string?[VocabularySize];
        foreach (var (token, id) in vocabulary) _tokens[id] = token;
        foreach (var token in added) _tokens[token.Id] = token.Text;
    }

    /// <summary>One more than the largest id.</summary>
    public int VocabularySize { get; }

    internal IReadOnlyList<(string, string)> Merges { get; }

    internal IReadOnlyList<AddedToken> Added { get; }

    internal IReadOnlyDictionary<string, int> Vocabulary => _vocabulary;

    internal string Pattern { get; }

    /// <summary>The id of an added token.</summary>
    /// <exception cref="AgentTeamsException">There is no such token.</exception>
    public int IdOf(string addedToken) => _added.TryGetValue(addedToken, out var token)
        ? token.Id
        : throw new AgentTeamsException($"The tokenizer has no added token '{addedToken}'. It has: {string.Join(" ", _added.Keys)}.");

    /// <summary>The ids of a text.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="parseSpecial">Whether special tokens in the text count as such; leave false for text that a user wrote.</param>
    public int[] Encode(string text, bool parseSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>(text.Length / 3 + 4);
        var position = 0;
        if ((parseSpecial ? _addedPattern : _plainAddedPattern) is { } pattern)
        {
            foreach (var match in pattern.EnumerateMatches(text))
            {
                var token = _added[text.Substring(match.Index, match.Length)];
                // An added token that strips on its left swallows the space before it.
                var end = token.StripLeft ? text.AsSpan(0, match.Index).TrimEnd().Length : match.Index;
                EncodeWords(text.AsSpan(position, Math.Max(0, end - position)), ids);
                ids.Add(token.Id);
                position = match.Index + match.Length;
            }
        }

        EncodeWords(text.AsSpan(position), ids);
        return [.. ids];
    }

    /// <summary>The text of ids; bytes that are no UTF-8 and ids outside the vocabulary become U+FFFD.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="skipSpecial">Whether special tokens are left out.</param>
    public string Decode(IEnumerable<int> ids, bool skipSpecial = true)
    {
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            if (id < 0 || id >= _tokens.Length || _tokens[id] is not { } token)
            {
                // Models pad their vocabularies; an untrained one can sample such an id.
                bytes.AddRange("\uFFFD"u8);
                continue;
            }

            if (_added.TryGetValue(token, out var added) && added.Id == id)
            {
                if (added.Special && skipSpecial) continue;
                if (added.StripLeft && bytes.Count > 0) bytes.Add((byte)' ');
                bytes.AddRange(Encoding.UTF8.GetBytes(token));
            }
            else if (!ByteAlphabet.TryDecode(token, bytes))
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(token));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <exception cref="ModelFormatException">The file is no byte-level BPE tokenizer.</exception>
    public static Tokenizer Load(string path) => TokenizerFile.Load(path);

    /// <summary>Writes a <c>tokenizer.json</c>.</summary>
    public void Save(string path) => TokenizerFile.Save(this, path);

    private void EncodeWords(ReadOnlySpan<char> text, List<int> ids)
    {
        foreach (var match in _words.EnumerateMatches(text))
        {
            var word = text.Slice(match.Index, match.Length).ToString();
            if (!_cache.TryGetValue(word, out var encoded))
            {
                encoded = Merge(ByteAlphabet.Encode(Encoding.UTF8.GetBytes(word)));
                if (_cache.Count < CachedWords) _cache.TryAdd(word, encoded);
            }

            ids.AddRange(encoded);
        }
    }

    private int[] Merge(string word)
    {
        var parts = word.Select(c => c.ToString()).ToList();
        while (parts.Count > 1)
        {
            var (best, at) = (int.MaxValue, -1);
            for (var i = 0; i + 1 < parts.Count; i++)
            {
                if (_ranks.TryGetValue((parts[i], parts[i + 1]), out var rank) && rank < best) (best, at) = (rank, i);
            }

            if (at < 0) break;
            parts[at] += parts[at + 1];
            parts.RemoveAt(at + 1);
        }

        return [.. parts.Select(p => _vocabulary.TryGetValue(p, out var id)
            ? id
            : throw new AgentTeamsException($"The vocabulary lacks the piece '{p}'. The tokenizer's merges and vocabulary disagree."))];
    }

    private static Regex? Alternatives(IReadOnlyList<AddedToken> tokens) => tokens.Count == 0
        ? null
        : new Regex(string.Join('|', tokens.OrderByDescending(t => t.Text.Length).Select(t => Regex.Escape(t.Text))), RegexOptions.CultureInvariant);
}

/// <summary>A token that is matched as a whole before any merging.</summary>
/// <param name="Text">The text that is matched.</param>
/// <param name="Id">Its id.</param>
/// <param name="Special">Whether it is control text, which user text cannot produce and decoding leaves out.</param>
/// <param name="StripLeft">Whether it swallows the white space before it.</param>
internal sealed record AddedToken(string Text, int Id, bool Special, bool StripLeft);
