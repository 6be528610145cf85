using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>
/// Something around runs, visits and calls: authorisation, redaction, caching, measuring. Each method is given what is about to happen and goes on with
/// <c>next</c>, with something else, or not at all. What is replayed from a journal passes runs only: nothing happens there.
/// </summary>
/// <example>
/// <code>
/// var redact = WorkflowMiddleware.OnModelCall((call, next, token) => next(call with { Messages = [.. call.Messages.Select(Redact)] }, token));
/// await workflow.RunAsync(initial, runtime, new() { Middleware = [redact] });
/// </code>
/// </example>
public abstract class WorkflowMiddleware
{
    /// <summary>
    /// Once before a new run begins, and before anything of it is stored: the state may be changed, and notes may be left that the run's journal holds from
    /// then on. A run that is resumed, forked or replayed does not begin again; it has the notes of its beginning. What is answered must follow from the state
    /// alone, or the same run could not be started again to resume it; notes need not.
    /// </summary>
    /// <param name="start">The run that is about to begin.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    public virtual ValueTask<RunStart<TState>> BeginAsync<TState>(RunStart<TState> start, CancellationToken cancellationToken)
        where TState : notnull => new(start);

    /// <summary>Around a whole run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="next">Runs it; what it throws is why the run fails.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    public virtual Task RunAsync(RunInfo run, Func<CancellationToken, Task> next, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(next);
        return next(cancellationToken);
    }

    /// <summary>Around the visit of a node. Throwing fails the node, as its own failure would.</summary>
    /// <param name="visit">The visit.</param>
    /// <param name="next">Visits the node; once at most.</param>
    /// <param name="cancellationToken">Cancels the visit.</param>
    public virtual Task VisitAsync(VisitInfo visit, Func<CancellationToken, Task> next, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(next);
        return next(cancellationToken);
    }

    /// <summary>Around each try of a model call. The record holds what was sent on, at last to middleware that answered itself, and what came back.</summary>
    /// <param name="call">What the model is about to be asked.</param>
    /// <param name="next">Asks the model.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public virtual Task<ChatResponse> AskAsync(ModelRequest call, Func<ModelRequest, CancellationToken, Task<ChatResponse>> next, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(next);
        return next(call, cancellationToken);
    }

    /// <summary>Around each try of a tool call, a role's or a node's.</summary>
    /// <param name="call">The call.</param>
    /// <param name="next">Makes it.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public virtual Task<ToolResult> CallAsync(ToolRequest call, Func<ToolRequest, CancellationToken, Task<ToolResult>> next, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(next);
        return next(call, cancellationToken);
    }

    /// <summary>
    /// Before a fork goes on, and each time that it does: the run with the notes of its own, where those of its parent do not fit it. Must come to the same each time.
    /// </summary>
    /// <param name="run">The fork, with the notes that it has.</param>
    /// <param name="inherited">The calls that it inherited.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    internal virtual ValueTask<RunInfo> ForkAsync(RunInfo run, IReadOnlyList<TrajectoryNode> inherited, CancellationToken cancellationToken) => new(run);

    /// <summary>Tools that a role has besides its own in a run: the same each time that it is asked, also when the run is resumed.</summary>
    internal virtual IReadOnlyList<AIFunction> ToolsOf(RunInfo run, Role role) => [];

    /// <summary>Middleware of one function around each run.</summary>
    public static WorkflowMiddleware OnRun(Func<RunInfo, Func<CancellationToken, Task>, CancellationToken, Task> around) => new FunctionMiddleware { Run = around };

    /// <summary>Middleware of one function around each visit.</summary>
    public static WorkflowMiddleware OnVisit(Func<VisitInfo, Func<CancellationToken, Task>, CancellationToken, Task> around) => new FunctionMiddleware { Visit = around };

    /// <summary>Middleware of one function around each model call.</summary>
    public static WorkflowMiddleware OnModelCall(Func<ModelRequest, Func<ModelRequest, CancellationToken, Task<ChatResponse>>, CancellationToken, Task<ChatResponse>> around) =>
        new FunctionMiddleware { Ask = around };

    /// <summary>Middleware of one function around each tool call.</summary>
    public static WorkflowMiddleware OnToolCall(Func<ToolRequest, Func<ToolRequest, CancellationToken, Task<ToolResult>>, CancellationToken, Task<ToolResult>> around) =>
        new FunctionMiddleware { Call = around };
}

/// <summary>A run, as middleware sees it.</summary>
/// <param name="WorkflowName">The workflow's name.</param>
/// <param name="Seed">The run's key.</param>
/// <param name="RunId">Its id in the store, or null.</param>
public sealed record RunInfo(string WorkflowName, SeedKey Seed, string? RunId)
{
    /// <summary>What middleware noted when the run began, by name; its journal holds it, and its forks have it too.</summary>
    /// <value>Empty by default.</value>
    public ImmutableSortedDictionary<string, string> Notes { get; init; } = RunNotes.None;
}

/// <summary>A run that is about to begin, as middleware sees it.</summary>
/// <typeparam name="TState">The workflow's state.</typeparam>
/// <param name="Run">The run; notes that are added here are kept.</param>
/// <param name="State">The state that it begins with.</param>
public sealed record RunStart<TState>(RunInfo Run, TState State)
    where TState : notnull
{
    /// <summary>The same with a note.</summary>
    /// <param name="name">Whose it is: one name for each kind of middleware.</param>
    /// <param name="text">What is noted; it is stored as it is.</param>
    /// <exception cref="AgentTeamsException">There is another note of this name.</exception>
    public RunStart<TState> WithNote(string name, string text)
    {
        if (Run.Notes.TryGetValue(name, out var other) && other != text) throw new AgentTeamsException($"The run has two notes named '{name}'. Give each middleware a name of its own.");
        return this with { Run = Run with { Notes = Run.Notes.SetItem(name, text) } };
    }
}

internal static class RunNotes
{
    public static ImmutableSortedDictionary<string, string> None { get; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public static ImmutableSortedDictionary<string, string> Of(IReadOnlyDictionary<string, string>? notes) => notes is null ? None : None.AddRange(notes);
}

/// <summary>A visit, as middleware sees it.</summary>
/// <param name="NodeId">The visit's id.</param>
/// <param name="Name">The node's name.</param>
/// <param name="Path">Where it stands in its run.</param>
/// <param name="State">The state that the node was given; null for a step of code.</param>
public sealed record VisitInfo(string NodeId, string Name, VisitPath Path, object? State);

/// <summary>What a model is about to be asked.</summary>
public sealed record ModelRequest
{
    internal ModelRequest(NodeVisit visit, AsideCalls asides, Role role, IChatClient client, IReadOnlyList<ChatMessage> messages, ChatOptions options) =>
        (Run, NodeId, Asides, Role, Client, Messages, Options) = (visit.Run.Info, visit.Id, asides, role, client, messages, options);

    /// <summary>Models that are asked for the sake of the call.</summary>
    internal AsideCalls Asides { get; }

    /// <summary>The run that asks.</summary>
    public RunInfo Run { get; }

    /// <summary>The id of the visit that asks.</summary>
    public string NodeId { get; }

    /// <summary>The role that speaks.</summary>
    public Role Role { get; }

    /// <summary>
    /// Whom <c>next</c> asks at last. A client around it may send other words than <see cref="Messages"/>, which are what the record holds: so a secret can reach a
    /// model and no record.
    /// </summary>
    public IChatClient Client { get; init; }

    /// <summary>What the model is given, instructions included.</summary>
    public IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>How it is sampled and which tools it is offered; a copy of this call's own.</summary>
    public ChatOptions Options { get; init; }
}

/// <summary>A tool call that is about to be made.</summary>
public sealed record ToolRequest
{
    internal ToolRequest(ToolCallContext context, AIFunction tool, IReadOnlyDictionary<string, object?> arguments) => (Context, Tool, Arguments) = (context, tool, arguments);

    /// <summary>The call's id and idempotency key.</summary>
    public ToolCallContext Context { get; }

    /// <summary>The tool.</summary>
    public AIFunction Tool { get; init; }

    /// <summary>What it is given.</summary>
    public IReadOnlyDictionary<string, object?> Arguments { get; init; }
}

internal sealed class FunctionMiddleware : WorkflowMiddleware
{
    public Func<RunInfo, Func<CancellationToken, Task>, CancellationToken, Task>? Run { get; init; }

    public Func<VisitInfo, Func<CancellationToken, Task>, CancellationToken, Task>? Visit { get; init; }

    public Func<ModelRequest, Func<ModelRequest, CancellationToken, Task<ChatResponse>>, CancellationToken, Task<ChatResponse>>? Ask { get; init; }

    public Func<ToolRequest, Func<ToolRequest, CancellationToken, Task<ToolResult>>, CancellationToken, Task<ToolResult>>? Call { get; init; }

    public override Task RunAsync(RunInfo run, Func<CancellationToken, Task> next, CancellationToken cancellationToken) =>
        Run?.Invoke(run, next, cancellationToken) ?? next(cancellationToken);

    public override Task VisitAsync(VisitInfo visit, Func<CancellationToken, Task> next, CancellationToken cancellationToken) =>
        Visit?.Invoke(visit, next, cancellationToken) ?? next(cancellationToken);

    public override Task<ChatResponse> AskAsync(ModelRequest call, Func<ModelRequest, CancellationToken, Task<ChatResponse>> next, CancellationToken cancellationToken) =>
        Ask?.Invoke(call, next, cancellationToken) ?? next(call, cancellationToken);

    public override Task<ToolResult> CallAsync(ToolRequest call, Func<ToolRequest, CancellationToken, Task<ToolResult>> next, CancellationToken cancellationToken) =>
        Call?.Invoke(call, next, cancellationToken) ?? next(call, cancellationToken);
}
