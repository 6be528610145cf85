using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>A team with the models behind its roles: who is asked, and what is trained.</summary>
public sealed class TeamModels : IDisposable
{
    private readonly SortedDictionary<string, ITrainableModel> _models;
    private readonly Dictionary<string, IChatClient> _frozen;
    private readonly bool _leaveOpen;
    private readonly Dictionary<string, IChatClient> _clients = new(StringComparer.Ordinal);

    /// <summary>Checks that every role of the team has a model and every trainable policy exists.</summary>
    /// <param name="team">The team.</param>
    /// <param name="models">The local models; they are disposed with this object unless <paramref name="leaveOpen"/> is set.</param>
    /// <param name="frozen">The clients of the models that the team's map says are frozen, by model id; they stay the caller's.</param>
    /// <param name="leaveOpen">Whether the local models stay the caller's too, for example because several teams share them; false by default.</param>
    /// <exception cref="AgentTeamsException">A role's model or policy is missing.</exception>
    public TeamModels(Team team, IEnumerable<ITrainableModel> models, IReadOnlyDictionary<string, IChatClient>? frozen = null, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(team);
        (Team, _leaveOpen) = (team, leaveOpen);
        _models = new(models.ToDictionary(m => m.Id, StringComparer.Ordinal), StringComparer.Ordinal);
        _frozen = new(frozen ?? new Dictionary<string, IChatClient>(), StringComparer.Ordinal);
        foreach (var role in team.Roles) _clients[role.Name] = new SteeredChatClient(CreateClient(role), role.Name);
        Runtime = new() { ChatClientSelector = GetChatClient, Models = team.Models };
    }

    /// <summary>The team.</summary>
    public Team Team { get; }

    /// <summary>The local models, by id.</summary>
    public IEnumerable<ITrainableModel> Models => _models.Values;

    /// <summary>The policies that training updates, in a fixed order.</summary>
    public IReadOnlyList<PolicyId> TrainablePolicies => Team.TrainablePolicies;

    /// <summary>What a workflow of the team runs on: its models, each behind its roles.</summary>
    public TeamRuntime Runtime { get; }

    /// <summary>The client that answers for a role.</summary>
    /// <exception cref="AgentTeamsException">The role is not of this team.</exception>
    public IChatClient GetChatClient(Role role)
    {
        ArgumentNullException.ThrowIfNull(role);
        return _clients.TryGetValue(role.Name, out var client)
            ? client
            : throw new AgentTeamsException($"The team '{Team.Name}' has no role '{role.Name}'. Its roles are: {string.Join(", ", _clients.Keys)}.");
    }

    /// <summary>The local model of a policy.</summary>
    /// <exception cref="AgentTeamsException">There is none.</exception>
    public ITrainableModel GetModel(PolicyId policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return _models.TryGetValue(policy.Model, out var model)
            ? model
            : throw new AgentTeamsException($"The policy '{policy}' names no local model. Local are: {string.Join(", ", _models.Keys)}.");
    }

    /// <summary>SHA-256 over the weights of all local models, in the order of their ids, in lower-case hexadecimal digits.</summary>
    public async Task<string> WeightsHashAsync(CancellationToken cancellationToken = default)
    {
        var lines = new List<string>();
        foreach (var (id, model) in _models) lines.Add($"{id} {await model.WeightsHashAsync(cancellationToken).ConfigureAwait(false)}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', lines))));
    }

    /// <summary>What the replies of a role's model depend on besides its weights, as far as it says.</summary>
    internal string DescribeModelOf(Role role) => Team.Models.IsFrozen(role.Name)
        ? GetChatClient(role).GetService(typeof(ChatClientMetadata)) is ChatClientMetadata client
            ? $"{client.ProviderName} {client.ProviderUri} {client.DefaultModelId}"
            : ""
        : GetModel(Team.Models[role.Name]).SamplingFingerprint;

    /// <summary>Disposes the local models, unless they were left open.</summary>
    public void Dispose()
    {
        if (_leaveOpen) return;
        foreach (var model in _models.Values) model.Dispose();
    }

    private IChatClient CreateClient(Role role)
    {
        var policy = Team.Models[role.Name];
        if (Team.Models.IsFrozen(role.Name))
        {
            return _frozen.TryGetValue(policy.Model, out var client)
                ? client
                : throw new AgentTeamsException($"The role '{role.Name}' is answered by the frozen model '{policy.Model}', for which no chat client was "
                    + "given.");
        }

        if (!_models.TryGetValue(policy.Model, out var model))
            throw new AgentTeamsException($"The role '{role.Name}' is bound to the model '{policy.Model}', which was not given. Given are: "
                + $"{string.Join(", ", _models.Keys)}.");
        if (!model.Policies.Contains(policy))
            throw new AgentTeamsException($"The role '{role.Name}' is bound to '{policy}', which its model does not have. It has: "
                + $"{string.Join(", ", model.Policies)}.");
        return model.GetChatClient(policy);
    }
}
