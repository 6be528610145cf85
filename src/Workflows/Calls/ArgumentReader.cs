using System.Reflection;

namespace AgentTeams.Workflows;

/// <summary>Turns the properties of an anonymous type or record, or the entries of a dictionary, into named arguments.</summary>
internal static class ArgumentReader<TArguments>
    where TArguments : notnull
{
    private static readonly PropertyInfo[] Properties = typeof(IEnumerable<KeyValuePair<string, object?>>).IsAssignableFrom(typeof(TArguments))
        ? []
        : [.. typeof(TArguments).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanRead && p.GetIndexParameters().Length == 0)];

    /// <summary>The argument names, or null where only a run knows them.</summary>
    public static IReadOnlyList<string>? Names { get; } =
        typeof(IEnumerable<KeyValuePair<string, object?>>).IsAssignableFrom(typeof(TArguments)) || typeof(TArguments) == typeof(object)
            ? null
            : [.. Properties.Select(p => p.Name)];

    public static Dictionary<string, object?> Read(TArguments arguments)
    {
        if (arguments is IEnumerable<KeyValuePair<string, object?>> entries) return new(entries, StringComparer.Ordinal);
        var read = new Dictionary<string, object?>(Properties.Length, StringComparer.Ordinal);
        foreach (var property in Properties) read[property.Name] = property.GetValue(arguments);
        return read;
    }
}
