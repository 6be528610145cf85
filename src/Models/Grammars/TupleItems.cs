using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>What a schema says of the items of an array: of the first ones each, and of the rest.</summary>
internal sealed class TupleItems
{
    private readonly List<SchemaPart> _first = [];
    private readonly SchemaPart? _rest;

    public TupleItems(SchemaPart part, SchemaReference references)
    {
        // Up to draft 2019-09, a list under 'items' described the first ones and 'additionalItems' the rest.
        var items = part.Under("items");
        if (items is { Schema.ValueKind: JsonValueKind.Array } list)
        {
            if (part.Says("prefixItems")) throw references.Refuse(part.Path, "'items' is a list beside 'prefixItems'. Give one schema for the rest");
            _first.AddRange(list.Items());
            _rest = part.Under("additionalItems");
            return;
        }

        if (part.Under("prefixItems") is { } prefix)
            _first.AddRange(prefix.Schema.ValueKind == JsonValueKind.Array
                ? prefix.Items()
                : throw references.Refuse(prefix.Path, "'prefixItems' is no array"));
        _rest = items;
    }

    /// <summary>How many items have a schema of their own.</summary>
    public int Described => _first.Count;

    /// <summary>The schema of an item, or null for any.</summary>
    public SchemaPart? At(int index) => index < _first.Count ? _first[index] : _rest;
}
