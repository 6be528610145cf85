using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>A method of a world as a tool: it acts on the world of the visit that calls it and leaves there what it returns.</summary>
internal sealed class WorldTool : DelegatingAIFunction
{
    private WorldTool(AIFunction method)
        : base(method) { }

    public static IReadOnlyList<AIFunction> Of<TWorld>() => WorldTools<TWorld>.All;

    /// <summary>Acts again as a journal says: the world must come to where it was, whatever the record holds of the answer.</summary>
    public async ValueTask ReplayAsync(NodeVisit visit, IDictionary<string, object?> arguments, CancellationToken cancellationToken) =>
        await InvokeCoreAsync(new(arguments) { Context = new Dictionary<object, object?> { [typeof(ToolCallContext)] = visit.CallContext("") } }, cancellationToken).ConfigureAwait(false);

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var visit = (ToolCallContext.Of(arguments) ?? throw new AgentTeamsException($"The action '{Name}' was called outside of its environment. Let a role of it call it.")).Visit;
        var result = await base.InvokeCoreAsync(arguments, cancellationToken).ConfigureAwait(false);
        var (world, told) = result is ITuple { Length: 2 } pair ? (pair[0], pair[1]) : (result, null);
        visit.World = world ?? throw new AgentTeamsException($"The action '{Name}' returned no world. Return the world as it is after the action.");
        return told ?? "done";
    }

    private static class WorldTools<TWorld>
    {
        public static readonly IReadOnlyList<AIFunction> All = [.. typeof(TWorld).GetMethods(BindingFlags.Public | BindingFlags.Instance)
            .Where(m => m.GetCustomAttribute<EnvironmentActionAttribute>() is not null).Select(Create)];

        private static WorldTool Create(MethodInfo method)
        {
            var returns = method.ReturnType;
            if (returns != typeof(TWorld) && !(returns.IsGenericType && returns.GetGenericTypeDefinition() == typeof(ValueTuple<,>) && returns.GenericTypeArguments[0] == typeof(TWorld)))
                throw new AgentTeamsException($"The action '{method.Name}' of {typeof(TWorld).Name} returns {returns.Name}. Return a {typeof(TWorld).Name}, alone or in a pair with what the role is told.");
            return new(AIFunctionFactory.Create(method, arguments => ToolCallContext.Of(arguments)?.Visit.World ?? throw new AgentTeamsException($"The action '{method.Name}' was called outside of its environment."),
                new() { MarshalResult = (result, _, _) => new(result) }));
        }
    }
}
