using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AgentTeams.Workflows;

/// <summary>Whether System.Text.Json can write and read a state, so that a run can be checkpointed.</summary>
internal static class StateChecks
{
    private const string Fix = "Use a record of plain values, lists and records.";

    public static IEnumerable<WorkflowProblem> Run(string workflow, Type state)
    {
        var problems = new List<WorkflowProblem>();
        Visit(state, state.Name, workflow, problems, []);
        return problems;
    }

    private static void Visit(Type type, string path, string workflow, List<WorkflowProblem> problems, HashSet<Type> seen)
    {
        if (!seen.Add(type)) return;
        if (Unsupported(type) is { } reason)
        {
            problems.Add(new(workflow, $"The state's '{path}' of type {type.Name} cannot be serialised: {reason}.", Fix));
            return;
        }

        JsonTypeInfo info;
        try
        {
            info = TrajectoryJson.Options.GetTypeInfo(type);
            if (info.Kind == JsonTypeInfoKind.Object) TryRead(info);
            foreach (var property in info.Properties) Visit(property.PropertyType, $"{path}.{(property.AttributeProvider as MemberInfo)?.Name ?? property.Name}", workflow, problems, seen);
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException)
        {
            problems.Add(new(workflow, $"The state's '{path}' of type {type.Name} cannot be serialised: {e.Message.Split(" Path: ")[0]}", Fix));
            return;
        }

        if (info.ElementType is { } element) Visit(element, path + "[]", workflow, problems, seen);
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
