namespace AgentTeams.Models;

/// <summary>What an engine asks of the model that it computes.</summary>
/// <param name="GetAdapter">The adapter of a policy, or null for the model's own weights.</param>
/// <param name="DistributionOf">What narrowed the distributions that a row's tokens were drawn from, or null for nothing.</param>
internal sealed record EngineContext(Func<PolicyId, IAdapterWeights?> GetAdapter, Func<TrainingRow, ConstrainedDistribution?> DistributionOf);
