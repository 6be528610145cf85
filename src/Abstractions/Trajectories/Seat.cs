namespace AgentTeams;

/// <summary>Who sat in a role's seat: the weights that answered for it in a run.</summary>
/// <param name="Role">The role.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Version">Its version; null where the model records none.</param>
public sealed record Seat(string Role, PolicyId Policy, long? Version);
