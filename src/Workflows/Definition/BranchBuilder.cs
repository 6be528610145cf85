namespace AgentTeams.Workflows;

/// <summary>The ways on from a node: the first condition that holds is taken.</summary>
/// <typeparam name="TState">The workflow's state.</typeparam>
public sealed class BranchBuilder<TState>
{
    private readonly List<BranchCase<TState>> _cases = [];

    internal IReadOnlyList<BranchCase<TState>> Cases => _cases;

    internal bool HasOtherwise => _cases.Exists(c => c.Condition is null);

    /// <summary>Goes to the target if the condition holds and none before did.</summary>
    /// <param name="condition">Judges the state after the node's update.</param>
    /// <param name="target">The next node, or <see cref="Workflow.End"/>.</param>
    /// <param name="label">What the trajectory records as the branch that was taken; null, the default, for the target's name.</param>
    public BranchBuilder<TState> When(Func<TState, bool> condition, NodeHandle target, string? label = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(target);
        _cases.Add(new(condition, target, label ?? target.Name));
        return this;
    }

    /// <summary>Goes to the target if no condition holds; every branch needs it once, at the end.</summary>
    /// <param name="target">The next node, or <see cref="Workflow.End"/>.</param>
    /// <param name="label">What the trajectory records as the branch that was taken; null, the default, for the target's name.</param>
    public BranchBuilder<TState> Otherwise(NodeHandle target, string? label = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        _cases.Add(new(null, target, label ?? target.Name));
        return this;
    }
}

/// <summary>One way on; the one without a condition is the last resort.</summary>
internal sealed record BranchCase<TState>(Func<TState, bool>? Condition, NodeHandle Target, string Label);
