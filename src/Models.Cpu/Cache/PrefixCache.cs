namespace AgentTeams.Models;

/// <summary>
/// Whole pages of past prompts by their ids, as a tree: a prompt that begins like an earlier one of the same weights takes over
/// its pages. The least recently used leaves go first when there is no room.
/// </summary>
/// <param name="pool">Where the pages come from.</param>
/// <param name="capacity">The most pages that are kept for prompts to come.</param>
internal sealed class PrefixCache(PagePool pool, int capacity)
{
    private readonly Dictionary<SampledWeights, Node> _roots = [];
    private readonly LinkedList<Node> _byUse = new();

    /// <summary>Finds the longest cached prefix and marks it as used.</summary>
    /// <param name="weights">Whose prefixes.</param>
    /// <param name="ids">The prompt.</param>
    /// <param name="pages">Receives its pages, which the caller is to share.</param>
    /// <param name="hidden">The hidden state behind the last position, if the whole prompt is cached and it is known.</param>
    public void Find(SampledWeights weights, ReadOnlySpan<int> ids, List<int> pages, out float[]? hidden)
    {
        hidden = null;
        if (!_roots.TryGetValue(weights, out var node)) return;
        for (var at = 0; at + PageLayout.Positions <= ids.Length; at += PageLayout.Positions)
        {
            if (!node.Children.TryGetValue(new PageIds(ids.Slice(at, PageLayout.Positions).ToArray()), out var next)) break;
            node = next;
            pages.Add(node.Page);
            _byUse.Remove(node.Use!);
            _byUse.AddLast(node.Use!);
        }

        if (pages.Count * PageLayout.Positions == ids.Length) hidden = node.Hidden;
    }

    /// <summary>Keeps the whole pages of a sequence.</summary>
    /// <param name="weights">Whose pages.</param>
    /// <param name="ids">The ids that the pages hold.</param>
    /// <param name="pages">The pages.</param>
    /// <param name="hidden">The hidden state behind the last id; kept if the ids end with a page.</param>
    public void Add(SampledWeights weights, ReadOnlySpan<int> ids, ReadOnlySpan<int> pages, ReadOnlySpan<float> hidden)
    {
        if (!_roots.TryGetValue(weights, out var node)) _roots[weights] = node = new Node(null, default, -1);
        for (var at = 0; at + PageLayout.Positions <= ids.Length; at += PageLayout.Positions)
        {
            var key = new PageIds(ids.Slice(at, PageLayout.Positions).ToArray());
            if (!node.Children.TryGetValue(key, out var next))
            {
                var page = pages[at / PageLayout.Positions];
                pool.Share(page);
                node.Children[key] = next = new Node(node, key, page);
                next.Use = _byUse.AddLast(next);
            }

            node = next;
        }

        if (ids.Length % PageLayout.Positions == 0 && node.Page >= 0) node.Hidden ??= hidden.ToArray();
        while (_byUse.Count > capacity) EvictOldest();
    }

    /// <summary>Gives up pages until some can be rented, or none is left to give.</summary>
    public void MakeRoom(int pages)
    {
        while (pool.Available < pages && _byUse.Count > 0) EvictOldest();
    }

    /// <summary>Gives up all pages of some weights.</summary>
    public void Forget(SampledWeights weights)
    {
        if (!_roots.Remove(weights, out var root)) return;
        var left = new Stack<Node>(root.Children.Values);
        while (left.TryPop(out var node))
        {
            _byUse.Remove(node.Use!);
            pool.Release(node.Page);
            foreach (var child in node.Children.Values) left.Push(child);
        }
    }

    // A leaf is never used after its parents, so some leaf is always near the front.
    private void EvictOldest()
    {
        var use = _byUse.First;
        while (use!.Value.Children.Count > 0) use = use.Next;
        var node = use.Value;
        _byUse.Remove(use);
        node.Parent!.Children.Remove(node.Key);
        pool.Release(node.Page);
    }

    private sealed class Node(Node? parent, PageIds key, int page)
    {
        public Node? Parent => parent;

        public PageIds Key => key;

        public int Page => page;

        public Dictionary<PageIds, Node> Children { get; } = [];

        public LinkedListNode<Node>? Use { get; set; }

        public float[]? Hidden { get; set; }
    }

    /// <summary>The ids of one page, compared by value.</summary>
    private readonly struct PageIds(int[] ids) : IEquatable<PageIds>
    {
        private readonly int[] _ids = ids;

        public bool Equals(PageIds other) => _ids.AsSpan().SequenceEqual(other._ids);

        public override bool Equals(object? obj) => obj is PageIds other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.AddBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_ids.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
