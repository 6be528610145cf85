namespace AgentTeams.Models;

/// <summary>What a policy has beside the model's own weights.</summary>
/// <param name="Adapter">Its adapter, or null for the model's own weights.</param>
/// <param name="ValueHead">Its critic's head, or null.</param>
internal sealed record PolicyParts(AdapterWeights? Adapter, ValueHead? ValueHead);
