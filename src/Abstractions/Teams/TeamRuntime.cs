using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>What a workflow runs on: the model that answers for each role, and the services that tools may ask for.</summary>
/// <example>
/// <code>
/// TeamRuntime everyRole = TeamRuntime.ForAll(chatClient);
/// TeamRuntime byModel = TeamRuntime.ByModel(team, new Dictionary&lt;string, IChatClient&gt; { ["large"] = large, ["small"] = small });
/// </code>
/// </example>
public sealed record TeamRuntime
{
    /// <summary>The client that answers for a role; asked once for each visit to the role. It may be called by several runs at the same time.</summary>
    public required Func<Role, IChatClient> ChatClientSelector { get; init; }

    /// <summary>Names the policy of each recorded call where the response does not.</summary>
    /// <value>Null by default: then only clients that report a policy, such as local models, have one in the record.</value>
    public ModelMap? Models { get; init; }

    /// <summary>What tools find in <see cref="AIFunctionArguments.Services"/>.</summary>
    /// <value>Null by default.</value>
    public IServiceProvider? Services { get; init; }

    /// <summary>One client for every role.</summary>
    public static TeamRuntime ForAll(IChatClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new() { ChatClientSelector = _ => client };
    }

    /// <summary>A client for each role, by role name. The node of a role that has none fails.</summary>
    public static TeamRuntime ByRole(IReadOnlyDictionary<string, IChatClient> clients)
    {
        ArgumentNullException.ThrowIfNull(clients);
        return new()
        {
            ChatClientSelector = role => clients.TryGetValue(role.Name, out var client) ? client
                : throw new AgentTeamsException($"There is no chat client for the role '{role.Name}'. There are some for: {string.Join(", ", clients.Keys)}."),
        };
    }

    /// <summary>A client for each model of a team, by model id; its roles are answered as its model map says.</summary>
    /// <exception cref="AgentTeamsException">
    /// A model has no client, or a role speaks through an adapter: only the model that holds it knows the adapter, so ask that model's runtime instead.
    /// </exception>
    public static TeamRuntime ByModel(Team team, IReadOnlyDictionary<string, IChatClient> clients)
    {
        ArgumentNullException.ThrowIfNull(team);
        ArgumentNullException.ThrowIfNull(clients);
        var problems = team.Models.Bindings.Where(b => !clients.ContainsKey(b.Value.Model))
            .Select(b => $"The role '{b.Key}' is bound to the model '{b.Value.Model}', which has no chat client; give one.")
            .Concat(team.Models.Bindings.Where(b => b.Value.Adapter is not null)
                .Select(b => $"The role '{b.Key}' is bound to the adapter '{b.Value}', which a chat client of the whole model does not know; use "
                    + "TeamModels.Runtime."))
            .ToList();
        if (problems.Count > 0) throw new AgentTeamsException($"The team '{team.Name}' cannot run: {string.Join(" ", problems)}");
        return new() { ChatClientSelector = role => clients[team.Models[role.Name].Model], Models = team.Models };
    }
}
