using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>The middleware of a run, the first one outermost.</summary>
internal sealed class MiddlewareChain(IReadOnlyList<WorkflowMiddleware> middleware)
{
    public bool IsEmpty => middleware.Count == 0;

    /// <summary>The run as it begins; what stands outermost sees it first.</summary>
    public async ValueTask<RunState<TState>> BeginAsync<TState>(RunState<TState> run, string? runId, CancellationToken cancellationToken)
        where TState : notnull
    {
        var start = new RunStart<TState>(new(run.WorkflowName, run.Seed, runId), run.Initial);
        foreach (var one in middleware) start = await one.BeginAsync(start, cancellationToken).ConfigureAwait(false);
        if (start.State is null) throw new AgentTeamsException($"Middleware began the workflow '{run.WorkflowName}' with no state. Let BeginAsync return one.");
        return new(run.WorkflowName, run.Seed, start.State, []) { Notes = start.Run.Notes };
    }

    /// <summary>A fork as it goes on.</summary>
    public async ValueTask<RunState<TState>> ForkAsync<TState>(RunState<TState> run, string? runId, CancellationToken cancellationToken)
        where TState : notnull
    {
        var info = new RunInfo(run.WorkflowName, run.Seed, runId) { Notes = run.Notes };
        var inherited = run.Items.SelectMany(i => i switch { VisitCommit visit => visit.Records, CallCommit call => call.Records, _ => [] }).Where(n => n.Inherited).ToList();
        foreach (var one in middleware) info = await one.ForkAsync(info, inherited, cancellationToken).ConfigureAwait(false);
        return new(run.WorkflowName, run.Seed, run.Initial, run.Items, run.ParentId, run.ForkNodeId) { Notes = info.Notes, Trace = run.Trace };
    }

    /// <summary>The tools that a role has besides its own.</summary>
    public IReadOnlyList<AIFunction> ToolsOf(RunInfo run, Role role) => middleware.Count == 0 ? [] : [.. middleware.SelectMany(m => m.ToolsOf(run, role))];

    public Task RunAsync(RunInfo run, Func<CancellationToken, Task> last, CancellationToken cancellationToken)
    {
        var next = last;
        for (var i = middleware.Count - 1; i >= 0; i--)
        {
            var (outer, inner) = (middleware[i], next);
            next = token => outer.RunAsync(run, inner, token);
        }

        return next(cancellationToken);
    }

    public Task VisitAsync(VisitInfo visit, Func<CancellationToken, Task> last, CancellationToken cancellationToken)
    {
        var next = last;
        for (var i = middleware.Count - 1; i >= 0; i--)
        {
            var (outer, inner) = (middleware[i], next);
            next = token => outer.VisitAsync(visit, inner, token);
        }

        return next(cancellationToken);
    }

    /// <param name="call">What is asked.</param>
    /// <param name="last">Asks the model.</param>
    /// <param name="passed">Is told what each was given: where one answers itself, the record holds what got that far, and no more.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<ChatResponse> AskAsync(
        ModelRequest call, Func<ModelRequest, CancellationToken, Task<ChatResponse>> last, Action<ModelRequest> passed, CancellationToken cancellationToken)
    {
        var next = last;
        for (var i = middleware.Count - 1; i >= 0; i--)
        {
            var (outer, inner) = (middleware[i], next);
            next = (changed, token) =>
            {
                passed(changed);
                return outer.AskAsync(changed, inner, token);
            };
        }

        return next(call, cancellationToken);
    }

    public Task<ToolResult> CallAsync(ToolRequest call, Func<ToolRequest, CancellationToken, Task<ToolResult>> last, CancellationToken cancellationToken)
    {
        var next = last;
        for (var i = middleware.Count - 1; i >= 0; i--)
        {
            var (outer, inner) = (middleware[i], next);
            next = (changed, token) => outer.CallAsync(changed, inner, token);
        }

        return next(call, cancellationToken);
    }
}
