namespace AgentTeams.Workflows;

/// <summary>Something wrong with a workflow definition.</summary>
/// <param name="Path">The workflow's name, and the node's after a '/', where it is about one.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Fix">How to mend it.</param>
public sealed record WorkflowProblem(string Path, string Message, string Fix)
{
    /// <summary>Whether several nodes have one name.</summary>
    internal bool IsSharedName { get; init; }

    /// <summary>Path, message and fix in one line.</summary>
    public override string ToString() => $"{Path}: {Message} {Fix}";
}

/// <summary>A workflow definition has problems; all of them are listed.</summary>
public sealed class WorkflowDefinitionException : AgentTeamsException
{
    internal WorkflowDefinitionException(string workflow, IReadOnlyList<WorkflowProblem> problems)
        : base($"The workflow '{workflow}' has {problems.Count} problem(s):{Environment.NewLine}{string.Join(Environment.NewLine, problems.Select(p => "- " + p))}") =>
        Problems = problems;

    /// <summary>All problems that were found.</summary>
    public IReadOnlyList<WorkflowProblem> Problems { get; }
}
