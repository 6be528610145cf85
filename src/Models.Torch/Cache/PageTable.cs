namespace AgentTeams.Models.Torch;

/// <summary>Pages of key and value memory, counted by reference: sequences with a common past share the pages that hold it.</summary>
/// <param name="limit">How many pages there are.</param>
internal sealed class PageTable(int limit)
{
    /// <summary>Positions of one page.</summary>
    public const int Positions = 32;

    /// <summary>The page that padding is written to and read from; never rented.</summary>
    public const int Padding = 0;

    private readonly List<int> _references = [1];
    private readonly Stack<int> _free = new();

    /// <summary>Pages that can still be rented.</summary>
    public int Available => _free.Count + limit - _references.Count;

    /// <summary>Pages that were ever rented, the padding included.</summary>
    public int Used => _references.Count;

    public static int PagesFor(int positions) => (positions + Positions - 1) / Positions;

    public int Rent()
    {
        if (!_free.TryPop(out var page))
        {
            page = _references.Count;
            _references.Add(0);
        }

        _references[page] = 1;
        return page;
    }

    public int Share(int page)
    {
        _references[page]++;
        return page;
    }

    public void Release(int page)
    {
        if (--_references[page] == 0) _free.Push(page);
    }
}
