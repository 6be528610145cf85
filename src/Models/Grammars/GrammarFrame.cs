namespace AgentTeams.Models;

/// <summary>A return address on the stack of an automaton, above those that were pushed before. Immutable; equal by content.</summary>
internal sealed class GrammarFrame : IEquatable<GrammarFrame>
{
    private readonly int _hash;

    /// <param name="return">The state to go on from.</param>
    /// <param name="below">The frame that was pushed before.</param>
    /// <param name="deeper">Whether a container was entered.</param>
    /// <param name="rest">The bytes of the shortest way from the return state to the end of its rule.</param>
    public GrammarFrame(int @return, GrammarFrame? below, bool deeper, int rest)
    {
        (Return, Below) = (@return, below);
        Depth = (below?.Depth ?? 0) + (deeper ? 1 : 0);
        Rest = (below?.Rest ?? 0) + rest;
        _hash = HashCode.Combine(@return, Depth, below?._hash);
    }

    public int Return { get; }

    public GrammarFrame? Below { get; }

    /// <summary>How many containers are open.</summary>
    public int Depth { get; }

    /// <summary>The bytes of the shortest way from the return state to the end of the grammar.</summary>
    public long Rest { get; }

    public bool Equals(GrammarFrame? other)
    {
        var mine = this;
        while (mine is not null && other is not null)
        {
            if (ReferenceEquals(mine, other)) return true;
            if (mine._hash != other._hash || mine.Return != other.Return || mine.Depth != other.Depth) return false;
            (mine, other) = (mine.Below, other.Below);
        }

        return mine is null && other is null;
    }

    public override bool Equals(object? obj) => obj is GrammarFrame other && Equals(other);

    public override int GetHashCode() => _hash;
}

/// <summary>One way of having read the bytes so far.</summary>
/// <param name="State">The state it is in.</param>
/// <param name="Stack">Where it returns to.</param>
internal readonly record struct GrammarPath(int State, GrammarFrame? Stack);
