using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentTeams.Workflows;

/// <summary>
/// Where a visit stands in its run, whatever the order in which things happened: the visit's number, and for one inside a parallel node, a loop, a
/// map or a workflow the number of the branch or item, else 0, and the visit's number there, and so on. Paths are ordered as the visits of a
/// run depend on each other: a branch before the next one, and everything inside of a node before the node itself.
/// </summary>
[JsonConverter(typeof(VisitPathConverter))]
public readonly struct VisitPath : IEquatable<VisitPath>, IComparable<VisitPath>
{
    private readonly int[]? _parts;

    internal VisitPath(int[] parts) => _parts = parts;

    /// <summary>How deep the visit stands: 1 for a node of the workflow itself, 2 more for each node around it.</summary>
    public int Length => _parts?.Length ?? 0;

    internal ReadOnlySpan<int> Parts => _parts;

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="AgentTeamsException">The text is no path.</exception>
    public static VisitPath Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0) return default;
        var parts = text.Split('.');
        var numbers = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
                throw new AgentTeamsException($"'{text}' is no path of a visit. Give whole numbers with dots between, such as \"3.0.1\".");
        }

        return new(numbers);
    }

    /// <inheritdoc/>
    public int CompareTo(VisitPath other)
    {
        var own = Parts;
        var others = other.Parts;
        for (var i = 0; i < own.Length && i < others.Length; i++)
        {
            if (own[i] != others[i]) return own[i].CompareTo(others[i]);
        }

        // What is inside of a node comes before what the node came to.
        return others.Length.CompareTo(own.Length);
    }

    /// <inheritdoc/>
    public bool Equals(VisitPath other) => Parts.SequenceEqual(other.Parts);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is VisitPath other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var part in Parts) hash.Add(part);
        return hash.ToHashCode();
    }

    /// <summary>The numbers with dots between, such as "3.0.1"; empty for the run itself.</summary>
    public override string ToString() => string.Join('.', _parts ?? []);

    /// <summary>Whether both name the same visit.</summary>
    public static bool operator ==(VisitPath left, VisitPath right) => left.Equals(right);

    /// <summary>Whether they name different visits.</summary>
    public static bool operator !=(VisitPath left, VisitPath right) => !left.Equals(right);

    /// <summary>Whether the left comes before the right.</summary>
    public static bool operator <(VisitPath left, VisitPath right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left comes after the right.</summary>
    public static bool operator >(VisitPath left, VisitPath right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left does not come after the right.</summary>
    public static bool operator <=(VisitPath left, VisitPath right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left does not come before the right.</summary>
    public static bool operator >=(VisitPath left, VisitPath right) => left.CompareTo(right) >= 0;

    /// <summary>The visit itself and those of the nodes around it, from the inside out.</summary>
    internal IEnumerable<VisitPath> VisitsAround()
    {
        for (var length = Length; length > 0; length -= 2) yield return new(_parts![..length]);
    }

    internal static VisitPath Of(VisitPath scope, int number) => new([.. scope.Parts, number]);

    internal static VisitPath Of(VisitPath visit, int branch, int number) => new([.. visit.Parts, branch, number]);
}

internal sealed class VisitPathConverter : JsonConverter<VisitPath>
{
    public override VisitPath Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return VisitPath.Parse(reader.GetString() ?? "");
        }
        catch (AgentTeamsException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    public override void Write(Utf8JsonWriter writer, VisitPath value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
