namespace AgentTeams.Models;

/// <summary>What <c>range</c> and the methods of mappings give: items with a length that are no list.</summary>
/// <param name="Kind">The type's name in Python.</param>
/// <param name="Items">The items.</param>
internal sealed record JinjaView(string Kind, List<object?> Items)
{
    public const string Range = "range", Entries = "dict_items", Keys = "dict_keys", Values = "dict_values";
}
