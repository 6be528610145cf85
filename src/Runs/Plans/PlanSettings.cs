using System.Collections;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Runs;

/// <summary>
/// The options of a stage as names and texts, found by reflection, so that none can be forgotten. What only carries a run out, such as clocks, stores and
/// loggers, is left out, and so is code, of which the trajectories hold a fingerprint.
/// </summary>
internal static class PlanSettings
{
    private static readonly Type[] Services = [typeof(ILoggerFactory), typeof(TimeProvider), typeof(ITrajectoryStore), typeof(IJudgeCache), typeof(KlReference), typeof(TeamModels), typeof(Delegate), typeof(IServiceProvider)];

    /// <summary>All options in an object, by their paths, such as <c>rl.optimizer.learningRate</c>.</summary>
    public static SortedDictionary<string, string> Of(object options)
    {
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        AddMembers(settings, "", options, default);
        return settings;
    }

    /// <summary>Whether a member of this type is an option.</summary>
    public static bool IsOption(Type type) => !Array.Exists(Services, s => s.IsAssignableFrom(type)) && !type.IsByRefLike;

    private static void Add(SortedDictionary<string, string> settings, string path, object? value, ImmutableStack around)
    {
        switch (value)
        {
            case null:
                settings[path] = "null";
                break;
            case string text:
                settings[path] = text;
                break;
            case IFormattable or bool or char or Type:
                settings[path] = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
                break;
            case IDictionary or IEnumerable:
                AddItems(settings, path, (IEnumerable)value, around);
                break;
            default:
                settings[path] = value.GetType().Name;
                AddMembers(settings, path + ".", value, around);
                break;
        }
    }

    private static void AddItems(SortedDictionary<string, string> settings, string path, IEnumerable items, ImmutableStack around)
    {
        var values = items.GetType().GetProperty("IsDefault")?.GetValue(items) is true ? [] : items.Cast<object?>().ToList();
        settings[path] = values.Count.ToString(CultureInfo.InvariantCulture);
        for (var i = 0; i < values.Count; i++) Add(settings, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), values[i], around);
    }

    private static void AddMembers(SortedDictionary<string, string> settings, string path, object holder, ImmutableStack around)
    {
        if (around.Contains(holder)) return;
        foreach (var member in holder.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(p => p.CanRead && p.GetIndexParameters().Length == 0 && IsOption(p.PropertyType)))
        {
            var value = member.GetValue(holder);
            if (value is not null && !IsOption(value.GetType())) continue;
            Add(settings, path + char.ToLowerInvariant(member.Name[0]) + member.Name[1..], value, around.Push(holder));
        }
    }

    /// <summary>The objects that one is inside of.</summary>
    private readonly struct ImmutableStack(object[]? items)
    {
        public ImmutableStack Push(object item) => new([.. items ?? [], item]);

        public bool Contains(object item) => Array.Exists(items ?? [], i => ReferenceEquals(i, item));
    }
}
