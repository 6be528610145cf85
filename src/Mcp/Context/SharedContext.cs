using Microsoft.Extensions.AI;

namespace AgentTeams.Mcp;

/// <summary>
/// A context that the roles of a run write for each other, and that other teams and MCP servers may share: values by key, with versions, compare-and-set, history
/// and rights by role.
/// </summary>
/// <example>
/// <code>
/// var context = new SharedContext(new() { Store = new SqliteContextStore("context.db"), Run = "release-42" });
/// await workflow.RunAsync(initial, runtime, new() { Middleware = [context.ToMiddleware()] });
/// await new McpTeamServer(new() { Name = "release" }).AddContext(context).RunStdioAsync();
/// </code>
/// </example>
public sealed class SharedContext
{
    /// <summary>Makes one over a store.</summary>
    /// <exception cref="AgentTeamsException">An option is not valid.</exception>
    public SharedContext(SharedContextOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.Validate(options);
        Options = options;
    }

    /// <summary>Is raised when a role asks for what it may not, before it hears of it.</summary>
    public event EventHandler<ContextDeniedException>? Denied;

    internal SharedContextOptions Options { get; }

    /// <summary>
    /// Gives each role of a run tools that act with its rights: <c>context_get</c>, <c>context_list</c> and <c>context_history</c> where it may read,
    /// <c>context_set</c> and <c>context_delete</c> where it may write. What they read and write is in the record. A call that is made again after a kill does not write
    /// twice, and a fork goes on with a copy of the context as its past saw it last.
    /// </summary>
    public WorkflowMiddleware ToMiddleware() => new ContextMiddleware(this);

    /// <summary>The context of a run as a role sees it.</summary>
    /// <param name="role">The role's name, by which its rights are found and its changes are signed.</param>
    /// <param name="run">The run; null, the default, for <see cref="SharedContextOptions.Run"/>. A workflow's run goes by its id in the store, or by <see cref="RunOf"/>.</param>
    /// <exception cref="AgentTeamsException">No run is given.</exception>
    public ContextView As(string role, string? run = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(role);
        return new(this, role, run ?? Options.Run ?? throw new AgentTeamsException($"'{Options.Name}' has a context for each run, and none is named. Give the run, or set SharedContextOptions.Run."));
    }

    /// <summary>The name under which the context of a workflow's run is kept.</summary>
    /// <param name="run">What the run recorded; its <see cref="Trajectory.Properties"/> hold it.</param>
    /// <exception cref="AgentTeamsException">The run had no such context.</exception>
    public string RunOf(Trajectory run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Options.Run ?? ContextNote.Of(run.Properties, Options.Name)?.Run ?? throw new AgentTeamsException($"The run '{run.Id}' had no context '{Options.Name}'. Run it with its middleware.");
    }

    /// <summary>The tools as functions, for tool nodes: they act as a role in the run that calls them.</summary>
    /// <param name="role">The role's name.</param>
    public IReadOnlyList<AIFunction> ToolsOf(string role)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(role);
        return ContextTools.Of(this, role);
    }

    /// <summary>What a role may.</summary>
    /// <exception cref="AgentTeamsException">The options' function does not say.</exception>
    internal ContextRights RightsOf(string role) => Options.Rights(role) is { Reads.IsDefault: false, Writes.IsDefault: false } rights ? rights
        : throw new AgentTeamsException($"SharedContextOptions.Rights returned null for '{role}', or rights without Reads or Writes. Return ContextRights.None for a role that may neither read nor write.");

    internal ContextDeniedException Deny(string role, string key, bool isWrite, IReadOnlyCollection<string> allowed)
    {
        var denied = new ContextDeniedException(role, key, isWrite, allowed);
        Denied?.Invoke(this, denied);
        return denied;
    }
}
