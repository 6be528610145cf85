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
    /// <param name="defaults">How its nodes behave when things go wrong, where their own options do not say; every value has a default.</param>
    /// <exception cref="AgentTeamsException">The name is empty, or a default is out of range.</exception>
    public static WorkflowBuilder<TState> CreateBuilder<TState>(string name, NodeDefaults? defaults = null)
        where TState : notnull
    {
        if (string.IsNullOrWhiteSpace(name)) throw new AgentTeamsException("The workflow name is empty. Give it a name.");
        defaults ??= new();
        OptionChecks.Validate(defaults);
        return new(name, defaults);
    }

    /// <summary>A workflow that is written as code: its steps are recorded, journaled and resumed as the nodes of a graph are.</summary>
    /// <typeparam name="TInput">What a run is given, which System.Text.Json can write and read.</typeparam>
    /// <typeparam name="TOutput">What a run results in, likewise.</typeparam>
    /// <param name="name">The workflow's name.</param>
    /// <param name="code">Its steps. A resumed run runs it again from the beginning; steps that were made give their recorded results.</param>
    /// <param name="description">What it does, for people and models; null, the default, for the name.</param>
    /// <exception cref="AgentTeamsException">The name is empty.</exception>
    /// <example>
    /// <code>
    /// var research = Workflow.FromDelegate&lt;string, string&gt;("research", async (steps, question, _) =>
    /// {
    ///     ChatResponse plan = await steps.AskAsync(planner, question);
    ///     var found = await steps.MapAsync(plan.Text.Split('\n'), (branch, query) => branch.AskAsync(searcher, query));
    ///     return (await steps.AskAsync(writer, string.Join('\n', found.Select(f => f.Text)))).Text;
    /// });
    /// string report = await research.RunAsync("Why is the sky blue?", runtime);
    /// </code>
    /// </example>
    public static DelegateWorkflow<TInput, TOutput> FromDelegate<TInput, TOutput>(
        string name, Func<WorkflowSteps, TInput, CancellationToken, Task<TOutput>> code, string? description = null)
    {
        ArgumentNullException.ThrowIfNull(code);
        if (string.IsNullOrWhiteSpace(name)) throw new AgentTeamsException("The workflow name is empty. Give it a name.");
        return new(name, description ?? name, code);
    }
}
