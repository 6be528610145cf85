namespace AgentTeams.Tests;

/// <summary>Weights that never change.</summary>
internal sealed class FixedWeights : ISampledWeightsStore
{
    private readonly Dictionary<PolicyId, SampledWeights> _weights = [];

    public SampledWeights? Find(PolicyId policy, long? version)
    {
        if (version is not null) return null;
        if (!_weights.TryGetValue(policy, out var weights)) _weights[policy] = weights = new(policy, 0, null, this);
        return weights;
    }

    // No engine under test reads them.
    public IFrozenWeights Hold(SampledWeights weights) => null!;

    public void Release(SampledWeights weights, IFrozenWeights below) { }

    public AgentTeamsException Missing(PolicyId policy, long version) => new WeightsVersionException(policy, version, []);
}
