using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>A role that acts in a world: by what it answers, and by tools that are methods of the world.</summary>
internal sealed class ActorNode<TState, TWorld> : WorkflowNode<TState>
    where TState : notnull
    where TWorld : notnull
{
    private readonly Func<TState, TWorld> _get;
    private readonly Func<TState, TWorld, TState> _set;
    private readonly Func<TState, ChatResponse, TState> _update;
    private readonly RoleNode<TState> _role;
    private readonly bool _hasActions;

    public ActorNode(Role role, Func<TState, TWorld> get, Func<TState, TWorld, TState> set, Func<TState, Prompt> prompt, Func<TState, ChatResponse, TState> update, NodeOptions<TState> options)
        : base(role.Name, options)
    {
        var actions = WorldTool.Of<TWorld>();
        (_get, _set, _update, _hasActions) = (get, set, update, actions.Count > 0);
        _role = new(role with { Tools = [.. role.Tools, .. actions] }, prompt, update, null, options);
    }

    public override NodeShape Shape => NodeShape.Role;

    protected override IEnumerable<WorkflowProblem> CheckOwn(string path) => _role.Check(path);

    public override async ValueTask<NodeOutcome<TState>> ExecuteAsync(NodeVisit visit, TState state, CancellationToken cancellationToken)
    {
        var before = _get(state);
        visit.BeginWorld(before);
        var outcome = await _role.ExecuteAsync(visit, state, cancellationToken).ConfigureAwait(false);
        var world = (TWorld)visit.World!;
        var acted = new Acted((ChatResponse)outcome.Result!, _hasActions && !ReferenceEquals(before, world), world);
        return new(acted.HasMoved ? _set(outcome.State, world) : outcome.State, acted);
    }

    public override ValueTask<NodeOutcome<TState>> ReplayAsync(NodeVisit visit, VisitCommit recorded, TState state, CancellationToken cancellationToken)
    {
        _role.Recall(visit, recorded);
        return base.ReplayAsync(visit, recorded, state, cancellationToken);
    }

    public override TState Apply(TState state, object? result)
    {
        var acted = (Acted)result!;
        var updated = _update(state, acted.Reply);
        return acted.HasMoved ? _set(updated, acted.World) : updated;
    }

    public override JsonElement? Write(object? result, IReadOnlyList<TrajectoryNode> records)
    {
        var acted = (Acted)result!;
        return JournalJson.Write(new Written(RecordedReply.Write(acted.Reply, records, Name), acted.HasMoved ? JournalJson.Write(acted.World, Name) : null), Name);
    }

    public override object Read(VisitCommit recorded)
    {
        var written = JournalJson.Read<Written>((JsonElement)recorded.Result!, Name)!;
        var reply = RecordedReply.Read(written.Reply, recorded.Records, Name);
        return written.World is { } world ? new(reply, true, JournalJson.Read<TWorld>(world, Name)!) : new Acted(reply, false, default!);
    }

    private sealed record Acted(ChatResponse Reply, bool HasMoved, TWorld World);

    private sealed record Written(JsonElement Reply, JsonElement? World);
}
