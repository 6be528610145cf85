namespace AgentTeams;

/// <summary>The variable <c>loop</c>.</summary>
internal static class JinjaLoop
{
    public static JinjaNamespace At(List<object?> items, int index)
    {
        var loop = new JinjaNamespace();
        foreach (var (name, value) in new (string, object?)[]
        {
            ("index", index + 1L), ("index0", (long)index), ("revindex", (long)(items.Count - index)), ("revindex0", items.Count - index - 1L),
            ("first", index == 0), ("last", index == items.Count - 1), ("length", (long)items.Count),
            ("previtem", index > 0 ? items[index - 1] : new JinjaUndefined("previtem")), ("nextitem", index + 1 < items.Count ? items[index + 1] : new JinjaUndefined("nextitem")),
            ("cycle", (JinjaFunction)(a => a.Positional.Count > 0 ? a.Positional[index % a.Positional.Count] : throw new JinjaException("'cycle' has nothing to choose from"))),
        }) loop.Values[name] = value;
        return loop;
    }
}
