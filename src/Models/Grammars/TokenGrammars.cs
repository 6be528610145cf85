using System.Runtime.CompilerServices;

namespace AgentTeams.Models;

/// <summary>The grammars of a tokenizer, compiled once while they are in use, and the prefix tree that they share.</summary>
internal sealed class TokenGrammars
{
    private const int MaxCompiled = 16;
    private static readonly ConditionalWeakTable<Tokenizer, TokenGrammars> s_all = [];
    private readonly Lock _lock = new();
    private readonly byte[]?[] _bytes;
    private readonly Dictionary<string, TokenTrie> _tries = [];
    private readonly Dictionary<(string Text, string StopIds), TokenGrammar> _compiled = [];

    private TokenGrammars(Tokenizer tokenizer) => _bytes = TokenBytes.Of(tokenizer).Texts;

    /// <summary>The grammar of a canonical text.</summary>
    /// <param name="tokenizer">The tokenizer of the model.</param>
    /// <param name="stopIds">The ids that end a reply.</param>
    /// <param name="text">From <see cref="Grammar"/>, or from the constraints of a trace.</param>
    /// <exception cref="AgentTeamsException">The text is no grammar, or the tokenizer cannot spell it.</exception>
    public static TokenGrammar Get(Tokenizer tokenizer, int[] stopIds, string text) => s_all.GetValue(tokenizer, t => new TokenGrammars(t)).Get(text, stopIds);

    private TokenGrammar Get(string text, int[] stopIds)
    {
        var stops = string.Join(',', stopIds);
        lock (_lock)
        {
            if (_compiled.TryGetValue((text, stops), out var known)) return known;
            if (!_tries.TryGetValue(stops, out var trie)) trie = _tries[stops] = new TokenTrie(_bytes, stopIds);
            if (_compiled.Count == MaxCompiled) _compiled.Clear();
            return _compiled[(text, stops)] = new TokenGrammar(Grammar.Parse(text), trie, stopIds);
        }
    }
}
