using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentTeams.Hosting;

/// <summary>Which of the application's chat clients answers for a role of one workflow.</summary>
internal sealed class HostedModels(string workflow, HostedWorkflowOptions options, IServiceProvider services)
{
    /// <summary>The team that says so; null where one model answers for all.</summary>
    public string? Team => options.Team;

    /// <summary>The models by name; those of roles that are known before a run.</summary>
    public IReadOnlyList<string> NamesFor(IEnumerable<Role> roles)
    {
        if (options.Model is { } model) return [model];
        var team = FindTeam();
        return team is null ? [] : [.. roles.Where(r => team.Models.Bindings.ContainsKey(r.Name)).Select(r => team.Models[r.Name].Model).Distinct(StringComparer.Ordinal)];
    }

    public TeamRuntime RuntimeIn(IServiceProvider scope) => new() { ChatClientSelector = ClientFor, Models = FindTeam()?.Models, Services = scope };

    /// <summary>Everything because of which a run could not ask one of its roles, each a sentence.</summary>
    public IEnumerable<string> Problems(IReadOnlyList<Role> roles)
    {
        if (options is { Team: not null, Model: not null }) yield return $"The workflow '{workflow}' has a Team and a Model; set one of them.";
        if (options.Team is { } named && FindTeam() is null) yield return $"The workflow '{workflow}' names the team '{named}', which is not registered; AddTeam it.";
        if (roles.Count > 0 && options is { Team: null, Model: null }) yield return $"The workflow '{workflow}' has roles, and neither a Team nor a Model says who answers for them; set one of them.";
        if (options is { Team: null, Model: { } model } && ClientProblem(model) is { } problem) yield return $"The workflow '{workflow}' is bound to the model '{model}', {problem}";
        if (options.Model is not null || FindTeam() is not { } team) yield break;
        foreach (var role in roles)
        {
            if (!team.Models.Bindings.TryGetValue(role.Name, out var policy)) yield return $"The role '{role.Name}' of the workflow '{workflow}' is none of the team '{team.Name}'; add it there.";
            else if (policy.Adapter is not null) yield return $"The role '{role.Name}' of the team '{team.Name}' is bound to the adapter '{policy}', which a chat client of the whole model does not know; register the adapter's own client under a name and bind the role to that.";
            else if (ClientProblem(policy.Model) is { } wrong) yield return $"The role '{role.Name}' of the team '{team.Name}' is bound to the model '{policy.Model}', {wrong}";
        }
    }

    private Team? FindTeam() => options.Team is null ? null : services.GetKeyedService<Team>(options.Team);

    private IChatClient ClientFor(Role role)
    {
        var model = options.Model ?? (FindTeam() ?? throw new AgentTeamsException($"The workflow '{workflow}' asks the role '{role.Name}', and neither a Team nor a Model says who answers; set one of them.")).Models[role.Name].Model;
        return services.GetKeyedService<IChatClient>(model) ?? throw new AgentTeamsException($"The role '{role.Name}' is bound to the model '{model}', which has no chat client; AddChatClient it.");
    }

    private string? ClientProblem(string model)
    {
        try
        {
            return services.GetKeyedService<IChatClient>(model) is null ? "which has no chat client; AddChatClient it." : null;
        }
        catch (Exception e)
        {
            // Messages of clients may quote addresses and keys.
            return $"whose chat client cannot be made ({e.GetType().Name}); mend what AddChatClient is given.";
        }
    }
}
