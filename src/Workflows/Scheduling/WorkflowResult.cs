using System.Collections.Immutable;

namespace AgentTeams;

/// <summary>A run that reached its end, or waits for answers from outside; of a replay, as far as the run got.</summary>
/// <typeparam name="TState">The workflow's state.</typeparam>
/// <param name="State">The final state; of a run that waits, the state that it reached.</param>
/// <param name="Nodes">Every call, in the order of the paths of the visits that made them.</param>
/// <param name="Steps">How many nodes were visited.</param>
public sealed record WorkflowResult<TState>(TState State, ImmutableArray<TrajectoryNode> Nodes, int Steps)
    where TState : notnull
{
    /// <summary>Whether the run reached its end. One with human nodes may not, nor the replay of a run that failed or was cut off.</summary>
    public bool IsCompleted => Requests.Count == 0 && !IsPartial;

    /// <summary>What the run waits for; empty when it reached its end.</summary>
    public IReadOnlyList<HumanRequest> Requests { get; init; } = [];

    /// <summary>Whether it is the replay of a run that came to no end.</summary>
    internal bool IsPartial { get; init; }

    /// <summary>What the run did, from which it goes on, is replayed or is forked.</summary>
    public required RunState<TState> Run { get; init; }
}
