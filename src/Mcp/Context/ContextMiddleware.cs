using Microsoft.Extensions.AI;

namespace AgentTeams.Mcp;

/// <summary>A shared context around the calls of a run.</summary>
internal sealed class ContextMiddleware(SharedContext context) : WorkflowMiddleware
{
    public override async ValueTask<RunStart<TState>> BeginAsync<TState>(RunStart<TState> start, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(start);
        var begun = Guid.NewGuid().ToString("n");
        var run = context.Options.Run ?? start.Run.RunId ?? $"{start.Run.Seed.ToTrajectoryId()}-{begun[..8]}";
        var version = await context.Options.Store.GetVersionAsync(run, cancellationToken).ConfigureAwait(false);
        return start.WithNote(context.Options.Name, new ContextNote(run, begun, version, start.Run.Seed.Path).ToText());
    }

    // A fork shares a context that is shared anyway; of one of its parent's own it gets a copy as its past saw it last.
    internal override async ValueTask<RunInfo> ForkAsync(RunInfo run, IReadOnlyList<TrajectoryNode> inherited, CancellationToken cancellationToken)
    {
        if (context.Options.Run is not null || ContextNote.Of(run.Notes, context.Options.Name) is not { } note || note.Path == run.Seed.Path) return run;
        var own = note with { Run = run.RunId ?? $"{run.Seed.ToTrajectoryId()}-{note.Begun[..8]}", Path = run.Seed.Path };
        var seen = inherited.Where(n => n.Kind == NodeKind.Tool && n.Server == context.Options.Name).Select(ContextTools.VersionOf).Append(note.Version).Max();
        await context.Options.Store.ForkAsync(own.Run, note.Run, seen, cancellationToken).ConfigureAwait(false);
        return run with { Notes = run.Notes.SetItem(context.Options.Name, (own with { Version = seen }).ToText()) };
    }

    internal override IReadOnlyList<AIFunction> ToolsOf(RunInfo run, Role role) => ContextTools.Of(context, role.Name);
}
