namespace AgentTeams.Workflows;

/// <summary>The branches of a parallel node and how they join.</summary>
/// <typeparam name="TState">The workflow's state.</typeparam>
/// <example>
/// <code>
/// NodeHandle review = wf.AddParallel("review", p => p.Branch(facts).Branch(style, when: s => s.IsPublic).Join(Join.Taken));
/// </code>
/// </example>
public sealed class ParallelBuilder<TState>
    where TState : notnull
{
    private readonly List<ParallelBranch<TState>> _branches = [];

    internal ParallelBuilder() { }

    internal IReadOnlyList<ParallelBranch<TState>> Branches => _branches;

    internal Join Mode { get; private set; } = AgentTeams.Workflows.Join.Taken;

    internal Func<TState, IReadOnlyList<TState>, TState>? Merging { get; private set; }

    /// <summary>Adds a branch, which goes on from its first node until it reaches <see cref="Workflow.End"/>: its arrival at the join.</summary>
    /// <param name="start">Its first node. It belongs to this branch alone, and so does what follows it.</param>
    /// <param name="when">Whether the branch is taken in the state of the fork; null, the default, for always.</param>
    /// <param name="label">Its name in events; null, the default, for the first node's name.</param>
    public ParallelBuilder<TState> Branch(NodeHandle start, Func<TState, bool>? when = null, string? label = null)
    {
        ArgumentNullException.ThrowIfNull(start);
        _branches.Add(new(start, when, label ?? start.Name));
        return this;
    }

    /// <summary>Says how many branches the run waits for; <see cref="AgentTeams.Workflows.Join.Taken"/> unless told.</summary>
    public ParallelBuilder<TState> Join(Join mode)
    {
        ArgumentNullException.ThrowIfNull(mode);
        Mode = mode;
        return this;
    }

    /// <summary>
    /// Makes one state of several in another way than by applying the updates of all branches one after another, in the order in which the branches
    /// were declared.
    /// </summary>
    /// <param name="merge">Is given the state of the fork and that of each branch that the join took, in declaration order.</param>
    public ParallelBuilder<TState> Merge(Func<TState, IReadOnlyList<TState>, TState> merge)
    {
        ArgumentNullException.ThrowIfNull(merge);
        Merging = merge;
        return this;
    }
}

/// <summary>One branch of a parallel node.</summary>
internal sealed record ParallelBranch<TState>(NodeHandle Start, Func<TState, bool>? Condition, string Label);

/// <summary>How many branches of a parallel node the run waits for. The others are cancelled, and what they did is recorded but changes nothing.</summary>
public sealed record Join
{
    private Join(JoinKind kind, int count) => (Kind, Count) = (kind, count);

    /// <summary>Every branch; none of them may have a condition.</summary>
    public static Join All { get; } = new(JoinKind.All, 0);

    /// <summary>Every branch whose condition held; those whose did not are skipped.</summary>
    public static Join Taken { get; } = new(JoinKind.Taken, 0);

    /// <summary>The first branch that ends well; that others fail does not matter while one may still come.</summary>
    public static Join Any { get; } = AtLeast(1);

    internal JoinKind Kind { get; }

    internal int Count { get; }

    /// <summary>So many branches, the first that end well.</summary>
    /// <param name="count">At least 1.</param>
    /// <exception cref="AgentTeamsException">The count is less than 1.</exception>
    public static Join AtLeast(int count) => count >= 1 ? new(JoinKind.AtLeast, count)
        : throw new AgentTeamsException($"A join cannot wait for {count} branches. Give at least 1.");
}

internal enum JoinKind
{
    All,
    Taken,
    AtLeast,
}
