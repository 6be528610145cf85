using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AgentTeams.Workflows;

/// <summary>
/// Whether System.Text.Json can write and read a state, so that a run can be checkpointed, and whether runs and branches can share it, as nothing can
/// change it.
/// </summary>
internal static class StateChecks
{
    private const string Fix = "Use a record of plain values, lists and records.";
    private const string Immutable = "Use { get; init; } and change copies with 'with'; for collections ImmutableArray, ImmutableDictionary or IReadOnlyList.";
    private static readonly HashSet<Type> s_mutable = [typeof(List<>), typeof(Dictionary<,>), typeof(HashSet<>), typeof(Queue<>), typeof(Stack<>), typeof(IList<>), typeof(IDictionary<,>), typeof(ISet<>), typeof(ICollection<>)];

    public static IEnumerable<WorkflowProblem> Run(string workflow, Type state)
    {
        var problems = new List<WorkflowProblem>();
        Visit(state, state.Name, workflow, problems, [], isOwn: true);
        return problems;
    }

    private static void Visit(Type type, string path, string workflow, List<WorkflowProblem> problems, HashSet<Type> seen, bool isOwn)
    {
        if (!seen.Add(type)) return;
        if (Unsupported(type) is { } reason)
        {
            problems.Add(new(workflow, $"The state's '{path}' of type {type.Name} cannot be serialised: {reason}.", Fix));
            return;
        }

        if (isOwn && ChangedBy(type) is { } how) problems.Add(new(workflow, $"The state's '{path}' of type {type.Name} can be changed in place, {how}: a run's record, its retries and other branches would see it change.", Immutable));
        JsonTypeInfo info;
        try
        {
            info = TrajectoryJson.Options.GetTypeInfo(type);
            if (info.Kind == JsonTypeInfoKind.Object) TryRead(info);
            foreach (var property in info.Properties) Visit(property.PropertyType, $"{path}.{(property.AttributeProvider as MemberInfo)?.Name ?? property.Name}", workflow, problems, seen, isOwn && !IsOfALibrary(type));
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException)
        {
            problems.Add(new(workflow, $"The state's '{path}' of type {type.Name} cannot be serialised: {e.Message.Split(" Path: ")[0]}", Fix));
            return;
        }

        if (info.ElementType is { } element) Visit(element, path + "[]", workflow, problems, seen, isOwn);
    }

    // What a library made changeable, such as a chat message, is its own affair.
    private static bool IsOfALibrary(Type type) => type.Namespace is { } space
        && (space == "System" || space.StartsWith("System.", StringComparison.Ordinal) || space.StartsWith("Microsoft.", StringComparison.Ordinal));

    private static string? ChangedBy(Type type)
    {
        if (type.IsGenericType && s_mutable.Contains(type.GetGenericTypeDefinition())) return "as a collection that its holder may change";
        if (IsOfALibrary(type)) return null;
        var settable = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is { IsPublic: true } set && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit))).Select(p => p.Name).ToList();
        return settable.Count == 0 ? null : $"through the setter of {string.Join(", ", settable)}";
    }

    private static void TryRead(JsonTypeInfo info)
    {
        try
        {
            JsonSerializer.Deserialize("{}"u8, info);
        }
        catch (Exception e) when (e is not (NotSupportedException or InvalidOperationException))
        {
            // A missing value or a constructor's own objection to it says nothing about the type.
        }
    }

    private static string? Unsupported(Type type) =>
        typeof(Delegate).IsAssignableFrom(type) ? "it is a delegate"
        : typeof(Task).IsAssignableFrom(type) || typeof(Stream).IsAssignableFrom(type) ? "it is live, not data"
        : type == typeof(Type) || type == typeof(CancellationToken) || type.IsPointer || type == typeof(nint) ? "it has no JSON form"
        : type.IsGenericType && type.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal) ? "a tuple's items are fields and would be lost"
        : null;
}
