using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>Writes a value of which a part cannot be written: the smallest such part becomes a placeholder, everything else is kept.</summary>
internal sealed class ReplacingWriter(JsonSerializerOptions options, Action<Type>? replaced)
{
    private const string Member = "$unserializable";
    private const int MaxDepth = 48;
    private const int MaxText = 1000;
    private readonly HashSet<object> _path = new(ReferenceEqualityComparer.Instance);
    private int _partsLeft = 10_000;

    public JsonNode? Write(object? value, Type declared)
    {
        if (value is null) return null;
        try
        {
            return JsonSerializer.SerializeToNode(value, declared, options);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A getter may throw anything.
            return Part(value, declared);
        }
    }

    private JsonNode Part(object value, Type declared)
    {
        // A cycle is cut where it closes; a graph that goes on and on is cut as well.
        if (_path.Count == MaxDepth || _partsLeft-- <= 0 || !_path.Add(value)) return Placeholder(value);
        try
        {
            return (value switch
            {
                IEnumerable<KeyValuePair<string, object?>> entries => Entries(entries),
                IDictionary entries => Entries(entries),
                _ => Typed(value, options.GetTypeInfo(value.GetType()), declared),
            }) ?? Placeholder(value);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return Placeholder(value);
        }
        finally
        {
            _path.Remove(value);
        }
    }

    private JsonNode? Typed(object value, JsonTypeInfo type, Type declared) => type.Kind switch
    {
        JsonTypeInfoKind.Enumerable => new JsonArray([.. ((IEnumerable)value).Cast<object?>().Select(item => Write(item, type.ElementType ?? typeof(object)))]),
        JsonTypeInfoKind.Object => Members(value, type, declared),
        _ => null,
    };

    private JsonObject? Members(object value, JsonTypeInfo type, Type declared)
    {
        var written = new JsonObject();
        if (declared != type.Type && options.GetTypeInfo(declared).PolymorphismOptions is { } kinds)
        {
            var kind = kinds.DerivedTypes.FirstOrDefault(d => d.DerivedType == type.Type);
            if (kind.TypeDiscriminator is null) return null;
            written[kinds.TypeDiscriminatorPropertyName] = kind.TypeDiscriminator is int number ? number : (string)kind.TypeDiscriminator;
        }

        foreach (var property in type.Properties)
        {
            if (property.Get is not { } get) continue;
            var member = get(value);
            if (member is not null && property.ShouldSerialize?.Invoke(value, member) != false) written[property.Name] = Write(member, property.PropertyType);
        }

        return written;
    }

    private JsonObject Entries(IEnumerable<KeyValuePair<string, object?>> entries)
    {
        var written = new JsonObject();
        foreach (var (name, value) in entries) written[name] = Write(value, typeof(object));
        return written;
    }

    private JsonObject Entries(IDictionary entries)
    {
        var written = new JsonObject();
        foreach (DictionaryEntry entry in entries) written[entry.Key.ToString()!] = Write(entry.Value, typeof(object));
        return written;
    }

    private JsonNode Placeholder(object value)
    {
        var type = value.GetType();
        replaced?.Invoke(type);
        var text = Text(value);
        if (value is not AIContent)
            return text is null ? new JsonObject { [Member] = type.FullName } : new JsonObject { [Member] = type.FullName, ["text"] = text };

        // Still a content, so that the message around it reads back.
        var content = new AIContent { AdditionalProperties = new() { [Member] = type.FullName } };
        if (text is not null) content.AdditionalProperties["text"] = text;
        return JsonSerializer.SerializeToNode(content, options)!;
    }

    /// <summary>What the value says of itself, unless that is only the name of its type.</summary>
    private static string? Text(object value)
    {
        try
        {
            var text = value.ToString();
            return string.IsNullOrEmpty(text) || text == value.GetType().ToString() ? null : text.Length <= MaxText ? text : text[..MaxText];
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return null;
        }
    }
}
