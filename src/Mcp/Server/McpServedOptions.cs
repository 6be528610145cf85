namespace AgentTeams.Mcp;

/// <summary>How a workflow or a role is offered as a tool. Every value has a default.</summary>
public sealed record McpServedOptions : IChecked
{
    /// <summary>The tool's name.</summary>
    /// <value>Null, the default, for that of the workflow or role; letters, digits, '_', '-' and '.', at most 128.</value>
    public string? Name { get; init; }

    /// <summary>What the tool does, for the models that may call it.</summary>
    /// <value>Null, the default, for that of the workflow or role.</value>
    public string? Description { get; init; }

    /// <summary>What the tool does to the world, for clients that ask people before calls.</summary>
    /// <value>Nothing is said by default.</value>
    public McpServedHints Hints { get; init; }

    /// <summary>Where runs are kept, so that one that waits for a person survives this process.</summary>
    /// <value>Null, the default, for memory.</value>
    public ICheckpointStore? Checkpoints { get; init; }

    /// <summary>Changes the options of each run: budget, limits, middleware.</summary>
    /// <value>Null, the default, for none.</value>
    public Func<WorkflowRunOptions, WorkflowRunOptions>? Run { get; init; }

    /// <summary>The run of the keys: with the run's id it addresses the draws.</summary>
    /// <value>0 by default.</value>
    public long Seed { get; init; }

    void IChecked.Check(OptionChecks checks) => checks
        .RequireThat(Name is null || McpToolNames.IsValid(Name), $"Name is '{Name}'; give letters, digits, '_', '-' and '.', at most {McpToolNames.MaxLength}.");
}

/// <summary>What a tool does to the world; clients may believe it or not.</summary>
[Flags]
public enum McpServedHints
{
    /// <summary>Nothing is said.</summary>
    None = 0,

    /// <summary>It changes nothing.</summary>
    ReadOnly = 1,

    /// <summary>It may destroy what is there.</summary>
    Destructive = 2,

    /// <summary>Calling it twice with the same arguments does no more than once.</summary>
    Idempotent = 4,

    /// <summary>It reaches what is outside, such as the web.</summary>
    OpenWorld = 8,
}
