namespace AgentTeams;

/// <summary>Starts the definition of a workflow.</summary>
public static class Workflow
{
    /// <summary>The target that ends a run successfully.</summary>
    public static NodeHandle End { get; } = new(null, EndIndex, "end");

    internal const int EndIndex = -1;

    /// <summary>Creates a builder of a workflow over a state.</summary>
    /// <typeparam name="TState">An immutable record that System.Text.Json can write and read.</typeparam>
    /// <param name="name">The workflow's name.</param>
    /// <exception cref="AgentTeamsException">The name is empty.</exception>
    public static WorkflowBuilder<TState> CreateBuilder<TState>(string name)
        where TState : notnull
    {
        if (string.IsNullOrWhiteSpace(name)) throw new AgentTeamsException("The workflow name is empty. Give it a name.");
        return new(name);
    }
}
