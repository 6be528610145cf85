namespace AgentTeams.Models;

/// <summary>
/// Everything that bytes read so far leave possible: a set of paths, as the automaton may be ambiguous. Immutable but for what it
/// remembers of its successors, so that decoding meets it again without any work.
/// </summary>
internal sealed class GrammarState(GrammarPath[] paths, bool isComplete)
{
    private GrammarState?[]? _next;

    /// <summary>Where no byte leads on.</summary>
    public static GrammarState Dead { get; } = new([], false);

    public GrammarPath[] Paths { get; } = paths;

    /// <summary>Whether what was read satisfies the grammar.</summary>
    public bool IsComplete { get; } = isComplete;

    /// <summary>Tokens of the shortest way to the end, end of sequence included; 0 until computed.</summary>
    public int Distance { get; set; }

    /// <summary>What each id leaves to be sampled; null until computed.</summary>
    public ushort[]? Costs { get; set; }

    public GrammarState? Next(byte b) => _next is { } next ? Volatile.Read(ref next[b]) : null;

    public void Remember(byte b, GrammarState state)
    {
        if (_next is null) Interlocked.CompareExchange(ref _next, new GrammarState?[256], null);
        Volatile.Write(ref _next[b], state);
    }
}
