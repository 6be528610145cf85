namespace AgentTeams.Workflows;

/// <summary>How a scope ended.</summary>
internal enum EndKind
{
    Completed,

    /// <summary>Something in it waits for an answer from outside.</summary>
    Waiting,

    Failed,

    /// <summary>The run, or the branch of a join that needs it no more, was cancelled.</summary>
    Cancelled,
}

/// <summary>The state that a scope reached and how it ended there.</summary>
internal readonly record struct ScopeEnd<TState>(EndKind Kind, TState State, Exception? Error = null);
