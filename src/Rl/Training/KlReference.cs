namespace AgentTeams.Rl;

/// <summary>The frozen policies that a KL penalty keeps near: one for each policy that is trained.</summary>
public sealed class KlReference : IDisposable
{
    private readonly Dictionary<PolicyId, ITokenScorer> _policies;

    private KlReference(Dictionary<PolicyId, ITokenScorer> policies) => _policies = policies;

    /// <summary>A teacher, or other frozen weights, for all policies that are trained: what <see cref="DistillationLoss"/> goes to.</summary>
    /// <param name="models">The team and its models.</param>
    /// <param name="teacher">
    /// Scores rows of the policies' ids, so it must have their vocabulary: a snapshot of any policy of a model with the same tokenizer. It is disposed with the reference.
    /// </param>
    public static KlReference From(TeamModels models, ITokenScorer teacher)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(teacher);
        return new(models.TrainablePolicies.ToDictionary(p => p, _ => teacher));
    }

    /// <summary>A teacher for each policy, for example the policy of another role (peer to peer).</summary>
    /// <param name="teachers">Frozen policies by those that learn from them; they are disposed with the reference.</param>
    public static KlReference From(IReadOnlyDictionary<PolicyId, ITokenScorer> teachers)
    {
        ArgumentNullException.ThrowIfNull(teachers);
        return new(teachers.ToDictionary());
    }

    /// <summary>The weights as they are now.</summary>
    /// <param name="models">The team and its models.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    public static Task<KlReference> TakeAsync(TeamModels models, CancellationToken cancellationToken = default) =>
        CreateAsync(models, (model, policy) => model.SnapshotAsync(policy, cancellationToken));

    /// <summary>The weights that models saved, each in a folder of its id.</summary>
    internal static Task<KlReference> LoadAsync(TeamModels models, string directory, CancellationToken cancellationToken) =>
        CreateAsync(models, (model, policy) => model.LoadSnapshotAsync(policy, Path.Combine(directory, model.Id), cancellationToken));

    /// <summary>Releases the memory of the copies.</summary>
    public void Dispose()
    {
        foreach (var policy in _policies.Values.Distinct()) policy.Dispose();
    }

    /// <exception cref="AgentTeamsException">The reference was made for a team that does not train the policy.</exception>
    internal ITokenScorer Of(PolicyId policy) => _policies.TryGetValue(policy, out var scorer)
        ? scorer
        : throw new AgentTeamsException($"The KL reference holds no weights of '{policy}'. It holds: {string.Join(", ", _policies.Keys)}. Take it from the "
            + "models that are trained.");

    private static async Task<KlReference> CreateAsync(TeamModels models, Func<ITrainableModel, PolicyId, Task<ITokenScorer>> freeze)
    {
        ArgumentNullException.ThrowIfNull(models);
        var policies = new Dictionary<PolicyId, ITokenScorer>();
        try
        {
            foreach (var policy in models.TrainablePolicies) policies[policy] = await freeze(models.GetModel(policy), policy).ConfigureAwait(false);
            return new(policies);
        }
        catch
        {
            foreach (var policy in policies.Values) policy.Dispose();
            throw;
        }
    }
}
