using System.Runtime.InteropServices;

namespace AgentTeams.Models;

/// <summary>
/// A grammar over the tokens of one tokenizer: which ids may come next, such that the reply can still end within its limit. An
/// id may come when its bytes do; the end of sequence exactly when the reply satisfies the grammar.
/// </summary>
/// <remarks>
/// How far a reply is from its end is the number of tokens that spell the shortest completion in bytes. So the last token always
/// finds the reply complete if the first had <see cref="Shortest"/> tokens to come. Safe for concurrent use.
/// </remarks>
internal sealed class TokenGrammar
{
    private const ushort Never = ushort.MaxValue;
    private const int Unreachable = int.MaxValue;
    private const long Memory = 64L << 20;
    private readonly Grammar _grammar;
    private readonly TokenTrie _trie;
    private readonly int[] _stopIds;
    private readonly GrammarAutomaton _automaton;
    private readonly int _ids;

    public TokenGrammar(Grammar grammar, TokenTrie trie, int[] stopIds)
    {
        (_grammar, _trie, _stopIds) = (grammar, trie, stopIds);
        _automaton = new GrammarAutomaton(grammar, Memory);
        _ids = Math.Max(trie.Bytes.Length, stopIds.Append(-1).Max() + 1);
        Shortest = Distance(_automaton.Start);
        if (Shortest >= Never)
            throw new AgentTeamsException("The tokenizer cannot spell a reply that satisfies the response format: it lacks tokens for single bytes, or an id "
                + "that ends a reply. Use a byte-level tokenizer.");
    }

    /// <summary>The canonical text of the grammar.</summary>
    public string Text => _grammar.Text;

    /// <summary>The tokens of the shortest reply, end of sequence included.</summary>
    public int Shortest { get; }

    public GrammarState Start => _automaton.Start;

    /// <summary>Writes -∞ to the logits of ids that may not come next.</summary>
    /// <param name="state">What was read.</param>
    /// <param name="remaining">The tokens that may still be sampled, the next included.</param>
    /// <param name="logits">One for each id.</param>
    /// <exception cref="AgentTeamsException">No id may come next.</exception>
    public void Mask(GrammarState state, int remaining, Span<float> logits)
    {
        var costs = (state.Costs ?? ComputeCosts(state)).AsSpan(0, Math.Min(_ids, logits.Length));
        var limit = Math.Min(remaining - 1, Never - 1);
        var allowed = 0;
        for (var id = 0; id < costs.Length; id++)
        {
            if (costs[id] > limit) logits[id] = float.NegativeInfinity;
            else allowed++;
        }

        logits[costs.Length..].Fill(float.NegativeInfinity);
        if (allowed == 0)
            throw new AgentTeamsException($"The response format leaves no token to continue with, {remaining} before the limit. Its alternatives are too "
                + "ambiguous, or what was read does not satisfy it.");
    }

    /// <summary>The state after one more id; null when the grammar does not allow the id, or it ends the reply.</summary>
    public GrammarState? Advance(GrammarState state, int id)
    {
        if ((uint)id >= (uint)_trie.Bytes.Length || _trie.Bytes[id] is not { Length: > 0 } bytes) return null;
        foreach (var b in bytes)
        {
            state = _automaton.Next(state, b);
            if (state == GrammarState.Dead) return null;
        }

        return state;
    }

    // What each id would leave to be sampled after it; Never for an id that is not allowed.
    private ushort[] ComputeCosts(GrammarState state)
    {
        var costs = new ushort[_ids];
        Array.Fill(costs, Never);
        var (labels, depths, ends) = (_trie.Labels, _trie.Depths, _trie.Ends);
        var reached = new GrammarState[depths.Length == 0 ? 1 : depths.Max() + 2];
        reached[0] = state;
        for (var node = 0; node < labels.Length;)
        {
            var next = _automaton.Next(reached[depths[node]], labels[node]);
            if (next == GrammarState.Dead)
            {
                node = ends[node];
                continue;
            }

            reached[depths[node] + 1] = next;
            foreach (var id in _trie.TokensAt(node)) costs[id] = (ushort)Math.Min(Never, Distance(next));
            node++;
        }

        if (state.IsComplete)
        {
            foreach (var id in _stopIds) costs[id] = 0;
        }

        state.Costs = costs;
        _automaton.Charge(sizeof(ushort) * costs.Length);
        return costs;
    }

    private int Distance(GrammarState state)
    {
        if (state.Distance != 0) return state.Distance;
        var fewest = state.IsComplete && _stopIds.Length > 0 ? 0 : Unreachable;
        if (fewest > 0 && _stopIds.Length > 0)
        {
            foreach (var path in state.Paths) fewest = Math.Min(fewest, CountTokens(path));
        }

        return state.Distance = fewest == Unreachable ? Unreachable : fewest + 1;
    }

    private int CountTokens(GrammarPath path)
    {
        var shortest = _grammar.Shortest;
        if (shortest.Length(path.State) + (path.Stack?.Rest ?? 0) > Grammar.MaxShortest) return Unreachable;
        var bytes = new List<byte>();
        shortest.Write(path.State, bytes);
        for (var frame = path.Stack; frame is not null; frame = frame.Below) shortest.Write(frame.Return, bytes);
        return _trie.CountTokens(CollectionsMarshal.AsSpan(bytes));
    }
}
