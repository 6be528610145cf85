namespace AgentTeams.Models;

/// <summary>The variable <c>loop</c>.</summary>
/// <param name="items">What is looped over.</param>
/// <param name="index">The place of the current item.</param>
internal sealed class JinjaLoop(List<object?> items, int index)
{
    /// <summary>What the loop knows under a name; undefined for other names.</summary>
    public object? Of(string name) => name switch
    {
        "index" => index + 1L,
        "index0" => (long)index,
        "revindex" => (long)(items.Count - index),
        "revindex0" => items.Count - index - 1L,
        "first" => index == 0,
        "last" => index == items.Count - 1,
        "length" => (long)items.Count,
        // How deep a recursive loop is, which there is none of here.
        "depth" => 1L,
        "depth0" => 0L,
        "previtem" => index > 0 ? items[index - 1] : new JinjaUndefined(name),
        "nextitem" => index + 1 < items.Count ? items[index + 1] : new JinjaUndefined(name),
        "cycle" => (JinjaFunction)(a => a.Positional.Count > 0
            ? a.Positional[index % a.Positional.Count]
            : throw new JinjaException("'cycle' has nothing to choose from")),
        "changed" => throw new JinjaException("'loop.changed' is not supported"),
        _ => new JinjaUndefined(name),
    };
}
