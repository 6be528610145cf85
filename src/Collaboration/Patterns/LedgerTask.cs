using System.Collections.Immutable;

namespace AgentTeams.Collaboration;

/// <summary>One task of a plan, in the ledger of the team that works on it.</summary>
/// <param name="Id">Its name in the ledger.</param>
/// <param name="Assignee">The member who does it.</param>
/// <param name="Text">What is to be done.</param>
public sealed record LedgerTask(string Id, string Assignee, string Text)
{
    /// <summary>The tasks that must be done before it.</summary>
    public ImmutableArray<string> Needs { get; init; } = [];

    /// <summary>How far it is.</summary>
    public LedgerState State { get; init; }

    /// <summary>What came of it, or why it failed; empty before.</summary>
    public string Result { get; init; } = "";
}

/// <summary>How far a task of a ledger is.</summary>
public enum LedgerState
{
    /// <summary>It is still to be done.</summary>
    Open,

    /// <summary>It was done.</summary>
    Done,

    /// <summary>Its worker failed or said that it cannot be done.</summary>
    Failed,

    /// <summary>The next plan went on without it.</summary>
    Dropped,
}
