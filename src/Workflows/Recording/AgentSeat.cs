namespace AgentTeams.Workflows;

/// <summary>A place in the team: a role's name, and a number where several agents share one.</summary>
/// <param name="Role">The agent's name.</param>
/// <param name="Number">0 for the first agent of that name.</param>
/// <param name="Order">When the agent was wrapped, counted over the recorder; of those that are not wrapped beforehand, none is first.</param>
internal sealed record AgentSeat(string Role, int Number, int Order);
