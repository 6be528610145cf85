namespace AgentTeams.Workflows;

/// <summary>How a workflow is presented to those who call it.</summary>
public sealed record BindingOptions
{
    /// <summary>The name under which it is called.</summary>
    /// <value>Null for the workflow's own, the default.</value>
    public string? Name { get; init; }

    /// <summary>What it does.</summary>
    /// <value>Null for the name, the default.</value>
    public string? Description { get; init; }
}
