namespace AgentTeams.Models;

/// <summary>What filters such as <c>map</c> give: items that can be gone through once, always true, without length or index.</summary>
internal sealed class JinjaIterator(IEnumerable<object?> items)
{
    private readonly Queue<object?> _items = new(items);

    /// <summary>The items that nobody has taken yet; each is taken as it is read.</summary>
    public IEnumerable<object?> Take()
    {
        while (_items.TryDequeue(out var item)) yield return item;
    }
}
