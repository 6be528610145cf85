using System.Collections.Concurrent;
using System.Text;

namespace AgentTeams.Models;

/// <summary>
/// Text to ids and back, as a Hugging Face <c>tokenizer.json</c> says: byte-pair encoding (Sennrich et al. 2016) over bytes or, as
/// SentencePiece writes it, over characters; or a unigram model (Kudo 2018). Safe for any number of threads.
/// </summary>
public sealed class Tokenizer
{
    /// <summary>The pre-tokenisation that <see cref="BpeTrainer"/> uses: words with their leading space, single digits, punctuation.</summary>
    internal const string DefaultPattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const int CachedWords = 50_000, CachedWordLength = 64;
    private readonly string?[] _tokens;
    private readonly IWordEncoder _encoder;
    private readonly WordSplitter _splitter;
    private readonly Dictionary<string, AddedToken> _added;
    private readonly Dictionary<int, AddedToken> _addedById;
    private readonly Lazy<AddedTokenMatcher?>[] _matchers;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cached;
    private readonly Lazy<AddedTokenMatcher?> _written;
    private int _cacheCount;

    internal Tokenizer(TokenizerDefinition definition)
    {
        Definition = definition;
        _encoder = definition.CreateEncoder();
        _splitter = new WordSplitter(definition.Stages.Splits);
        _added = definition.Added.ToDictionary(a => a.Text, StringComparer.Ordinal);
        _addedById = definition.Added.ToDictionary(a => a.Id);
        _matchers = [Matcher(normalized: false, control: false), Matcher(normalized: false, control: true), Matcher(normalized: true, control: false),
            Matcher(normalized: true, control: true)];
        _written = new(() => AddedTokenMatcher.For(definition.Added.Where(a => !a.Normalized || a.Special), a => a.Text));
        _cached = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        VocabularySize = Math.Max(definition.Vocabulary.Values.DefaultIfEmpty(-1).Max(), definition.Added.Select(a => a.Id).DefaultIfEmpty(-1).Max()) + 1;
        _tokens = new string?[VocabularySize];
        foreach (var (token, id) in definition.Vocabulary) _tokens[id] = token;
        foreach (var token in definition.Added) _tokens[token.Id] = token.Text;
    }

    internal Tokenizer(Dictionary<string, int> vocabulary, IReadOnlyList<(string, string)> merges, IReadOnlyList<AddedToken> added, string pattern,
        bool ignoreMerges = false)
        : this(new TokenizerDefinition
        {
            Vocabulary = vocabulary, Merges = merges, Added = added, Stages = TokenizerFile.TrainedStages(pattern), IgnoreMerges = ignoreMerges
        })
    {
    }

    /// <summary>One more than the largest id.</summary>
    public int VocabularySize { get; }

    /// <summary>The id that the file puts before a complete sequence, or null where it puts none. <see cref="Encode"/> adds it only when asked.</summary>
    public int? BeginOfSequenceId => Definition.Stages.BeginId;

    internal TokenizerDefinition Definition { get; }

    /// <summary>The id of an added token.</summary>
    /// <exception cref="AgentTeamsException">There is no such token.</exception>
    public int GetId(string addedToken) => FindId(addedToken)
        ?? throw new AgentTeamsException($"The tokenizer has no added token '{addedToken}'. It has: {string.Join(" ", _added.Keys)}.");

    /// <summary>The ids of a text.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="parseSpecial">
    /// Whether special tokens and tags such as &lt;tool_call&gt; in the text count as such; leave false for text that a user wrote.
    /// </param>
    /// <param name="addBegin">Whether <see cref="BeginOfSequenceId"/>, if any, comes first; by default it does not.</param>
    public int[] Encode(string text, bool parseSpecial = false, bool addBegin = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        int[] ids = EncodePart(text, parseSpecial, isFirst: true);
        return addBegin && BeginOfSequenceId is { } begin ? [begin, .. ids] : ids;
    }

    /// <summary>
    /// The text of ids; bytes that are no UTF-8 and ids outside the vocabulary become U+FFFD. The space that some tokenizers put
    /// before a text is taken away again.
    /// </summary>
    /// <param name="ids">The ids.</param>
    /// <param name="skipSpecial">Whether special tokens are left out.</param>
    public string Decode(IEnumerable<int> ids, bool skipSpecial = true)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var bytes = new List<byte>();
        var isFirst = true;
        foreach (var id in ids)
        {
            AppendBytes(id, skipSpecial, isFirst, bytes);
            isFirst &= skipSpecial && IsSpecial(id);
        }

        var spaces = 0;
        while (spaces < Math.Min(Definition.Stages.Decoder.StripLeft, bytes.Count) && bytes[spaces] == ' ') spaces++;
        return Encoding.UTF8.GetString([.. bytes[spaces..]]);
    }

    /// <summary>Reads a <c>tokenizer.json</c>, exactly as published.</summary>
    /// <exception cref="ModelFormatException">The file is no tokenizer, or asks for something unsupported, which is named.</exception>
    public static Tokenizer Load(string path) => TokenizerFile.Load(path);

    /// <summary>Writes a <c>tokenizer.json</c>.</summary>
    public void Save(string path) => TokenizerFile.Save(this, path);

    /// <summary>Reads the content of a <c>tokenizer.json</c>; the source is its name in errors.</summary>
    internal static Tokenizer Parse(byte[] json, string source) => TokenizerFile.Parse(json, source);

    internal int? FindId(string addedToken) => _added.TryGetValue(addedToken, out var token) ? token.Id : null;

    /// <summary>The added tokens in a text and where they stand; for what a template itself writes.</summary>
    internal List<(AddedToken Token, int Start, int End)> FindAdded(string text) => _written.Value?.Matches(text) ?? [];

    internal bool IsInUse(int id) => _tokens[id] is not null;

    /// <summary>The ids of text that stands at the beginning of a sequence, or goes on after other ids.</summary>
    internal int[] EncodePart(string text, bool parseSpecial, bool isFirst)
    {
        var ids = new List<int>(text.Length / 3 + 4);
        EncodeAround(text, parseSpecial, normalized: false, isFirst, ids);
        return [.. ids];
    }

    /// <summary>The text that ids add to text before them, so with the space that their first piece begins with.</summary>
    internal string DecodePart(IEnumerable<int> ids)
    {
        var bytes = new List<byte>();
        foreach (var id in ids) AppendBytes(id, skipSpecial: true, isFirst: false, bytes);
        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>Appends the bytes that an id stands for.</summary>
    internal void AppendBytes(int id, bool skipSpecial, bool isFirst, List<byte> bytes)
    {
        if (id < 0 || id >= _tokens.Length || _tokens[id] is not { } token)
        {
            // Models pad their vocabularies; an untrained one can sample such an id.
            bytes.AddRange("\uFFFD"u8);
        }
        else if (!skipSpecial || !IsSpecial(id))
        {
            // Of a byte-level tokenizer only the pieces are in the byte alphabet.
            if (Definition.Stages.IsByteLevel && _addedById.ContainsKey(id)) bytes.AddRange(Encoding.UTF8.GetBytes(token));
            else Definition.Stages.Decoder.Append(token, isFirst, bytes);
        }
    }

    private bool IsSpecial(int id) => _addedById.TryGetValue(id, out var added) && added.Special;

    /// <summary>Encodes the text around added tokens: first around those looked for in the text as given, then around those in normalised text.</summary>
    private void EncodeAround(ReadOnlySpan<char> text, bool control, bool normalized, bool isFirst, List<int> ids)
    {
        var position = 0;
        if (_matchers[(normalized ? 2 : 0) + (control ? 1 : 0)].Value is { } matcher)
        {
            foreach (var (token, start, end) in matcher.Matches(text))
            {
                EncodeBetween(text[position..start], control, normalized, isFirst && position == 0, ids);
                ids.Add(token.Id);
                position = end;
            }
        }

        EncodeBetween(text[position..], control, normalized, isFirst && position == 0, ids);
    }

    private void EncodeBetween(ReadOnlySpan<char> text, bool control, bool normalized, bool isFirst, List<int> ids)
    {
        if (text.IsEmpty) return;
        if (!normalized)
            EncodeAround(Definition.Stages.Normalizer.IsActive ? Definition.Stages.Normalizer.Normalize(text) : text, control, normalized: true, isFirst, ids);
        else EncodeWords(Definition.Stages.Metaspace is { } space ? space.Apply(text, isFirst) : text, ids);
    }

    private void EncodeWords(ReadOnlySpan<char> text, List<int> ids)
    {
        foreach (var (start, end) in _splitter.Split(text))
        {
            var word = text[start..end];
            if (!_cached.TryGetValue(word, out var encoded))
            {
                encoded = _encoder.Encode(word);
                if (word.Length <= CachedWordLength) Remember(word.ToString(), encoded);
            }

            ids.AddRange(encoded);
        }
    }

    private void Remember(string word, int[] encoded)
    {
        if (Interlocked.Increment(ref _cacheCount) > CachedWords)
        {
            // Starting over keeps the cache bounded and lets it follow the text.
            _cache.Clear();
            Interlocked.Exchange(ref _cacheCount, 0);
        }

        _cache.TryAdd(word, encoded);
    }

    private Lazy<AddedTokenMatcher?> Matcher(bool normalized, bool control) => new(() => AddedTokenMatcher.For(
        Definition.Added.Where(a => a.Normalized == normalized && (control || !a.Control)),
        a => normalized && Definition.Stages.Normalizer.IsActive ? Definition.Stages.Normalizer.Normalize(a.Text) : a.Text));
}
