using System.Collections.Immutable;

namespace AgentTeams;

/// <summary>A run that reached its end.</summary>
/// <typeparam name="TState">The workflow's state.</typeparam>
/// <param name="State">The final state.</param>
/// <param name="Nodes">Every call, in commit order.</param>
/// <param name="Steps">How many nodes were committed.</param>
public sealed record WorkflowResult<TState>(TState State, ImmutableArray<TrajectoryNode> Nodes, int Steps);
