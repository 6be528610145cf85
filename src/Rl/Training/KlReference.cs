namespace AgentTeams.Rl;

/// <summary>The frozen policies that a KL penalty keeps near: one for each policy that is trained.</summary>
public sealed class KlReference : IDisposable
{
    private readonly Dictionary<PolicyId, ITokenScorer> _policies;

    private KlReference(Dictionary<PolicyId, ITokenScorer> policies) => _policies = policies;

    /// <summary>The weights as they are now.</summary>
    /// <param name="models">The team and its models.</param>
    public static KlReference Take(TeamModels models) => Create(models, (model, policy) => model.Snapshot(policy));

    /// <summary>The weights that models saved, each in a folder of its id.</summary>
    internal static KlReference Load(TeamModels models, string directory) =>
        Create(models, (model, policy) => model.LoadSnapshot(policy, Path.Combine(directory, model.Id)));

    /// <summary>Releases the memory of the copies.</summary>
    public void Dispose()
    {
        foreach (var policy in _policies.Values) policy.Dispose();
    }

    /// <exception cref="AgentTeamsException">The reference was made for a team that does not train the policy.</exception>
    internal ITokenScorer Of(PolicyId policy) => _policies.TryGetValue(policy, out var scorer)
        ? scorer
        : throw new AgentTeamsException($"The KL reference holds no weights of '{policy}'. It holds: {string.Join(", ", _policies.Keys)}. Take it from the models that are trained.");

    private static KlReference Create(TeamModels models, Func<ITrainableModel, PolicyId, ITokenScorer> freeze)
    {
        ArgumentNullException.ThrowIfNull(models);
        var policies = new Dictionary<PolicyId, ITokenScorer>();
        try
        {
            foreach (var policy in models.TrainablePolicies) policies[policy] = freeze(models.GetModel(policy), policy);
            return new(policies);
        }
        catch
        {
            foreach (var policy in policies.Values) policy.Dispose();
            throw;
        }
    }
}
