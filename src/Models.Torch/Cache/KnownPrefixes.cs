using System.Runtime.InteropServices;

namespace AgentTeams.Models.Torch;

/// <summary>
/// Whole pages of past prompts: a prompt that begins like an earlier one of the same weights takes over its pages. Each page is
/// known by its ids and the page before it; the least recently used go first when there is no room.
/// </summary>
/// <param name="pages">Where the pages come from.</param>
/// <param name="capacity">The most pages that are kept for prompts to come.</param>
internal sealed class KnownPrefixes(PageTable pages, int capacity)
{
    private readonly Dictionary<Key, Known> _known = [];
    private readonly LinkedList<Known> _byUse = new();

    /// <summary>Shares the pages of the longest known beginning; the last id is always left to be computed.</summary>
    public List<int> Share(SampledWeights weights, ReadOnlySpan<int> ids)
    {
        var found = new List<int>();
        Known? parent = null;
        for (var at = 0; at + PageTable.Positions < ids.Length; at += PageTable.Positions)
        {
            if (!_known.TryGetValue(KeyOf(weights, parent, ids, at), out var known)) break;
            _byUse.Remove(known.Use!);
            _byUse.AddLast(known.Use!);
            found.Add(pages.Share(known.Page));
            parent = known;
        }

        return found;
    }

    /// <summary>Keeps the whole pages of a sequence.</summary>
    public void Keep(SampledWeights weights, ReadOnlySpan<int> ids, IReadOnlyList<int> held)
    {
        Known? parent = null;
        for (var at = 0; at + PageTable.Positions <= ids.Length; at += PageTable.Positions)
        {
            var key = KeyOf(weights, parent, ids, at);
            if (!_known.TryGetValue(key, out var known))
            {
                _known[key] = known = new Known(key, parent, pages.Share(held[at / PageTable.Positions]));
                known.Use = _byUse.AddLast(known);
                if (parent is not null) parent.Children++;
            }

            parent = known;
        }

        while (_byUse.Count > capacity) ForgetOldest();
    }

    /// <summary>Gives up pages until some can be rented, or none is left to give.</summary>
    public void MakeRoom(int wanted)
    {
        while (pages.Available < wanted && _byUse.Count > 0) ForgetOldest();
    }

    /// <summary>Gives up all pages of some weights.</summary>
    public void Forget(SampledWeights weights)
    {
        foreach (var known in _byUse.Where(k => k.Key.Weights == weights).ToList())
        {
            _byUse.Remove(known.Use!);
            _known.Remove(known.Key);
            pages.Release(known.Page);
        }
    }

    private static Key KeyOf(SampledWeights weights, Known? parent, ReadOnlySpan<int> ids, int at) =>
        new(weights, parent?.Page ?? PageTable.Padding, ids.Slice(at, PageTable.Positions).ToArray());

    // A leaf is never used after its parents, so some leaf is always near the front.
    private void ForgetOldest()
    {
        var use = _byUse.First!;
        while (use.Value.Children > 0) use = use.Next!;
        _byUse.Remove(use);
        _known.Remove(use.Value.Key);
        if (use.Value.Parent is { } parent) parent.Children--;
        pages.Release(use.Value.Page);
    }

    private sealed class Known(Key key, Known? parent, int page)
    {
        public Key Key => key;

        public Known? Parent => parent;

        public int Page => page;

        public int Children { get; set; }

        public LinkedListNode<Known>? Use { get; set; }
    }

    /// <summary>The ids of one page behind another.</summary>
    private readonly struct Key(SampledWeights weights, int parent, int[] ids) : IEquatable<Key>
    {
        private readonly SampledWeights _weights = weights;
        private readonly int _parent = parent;
        private readonly int[] _ids = ids;

        public SampledWeights Weights => _weights;

        public bool Equals(Key other) => _parent == other._parent && _weights == other._weights && _ids.AsSpan().SequenceEqual(other._ids);

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(_parent);
            hash.AddBytes(MemoryMarshal.AsBytes(_ids.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
