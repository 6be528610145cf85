using System.Text.Json;

namespace AgentTeams.Workflows;

/// <summary>Resets the world; what it drew is recorded, so that a fork goes on in the same one.</summary>
internal sealed class ResetNode<TTask, TWorld>(TeamEnvironment<TTask, TWorld> environment) : WorkflowNode<EnvironmentRun<TTask, TWorld>>("reset", new())
    where TTask : notnull
    where TWorld : notnull
{
    public override NodeShape Shape => NodeShape.Function;

    public override ValueTask<NodeOutcome<EnvironmentRun<TTask, TWorld>>> ExecuteAsync(NodeVisit visit, EnvironmentRun<TTask, TWorld> state, CancellationToken cancellationToken)
    {
        var clock = visit.Run.TimeProvider;
        var (start, began) = (clock.GetUtcNow(), clock.GetTimestamp());
        var world = environment.Reset(state.Task, (visit.Scope.Seed with { Node = Name, Visit = visit.Visit }).ToRandom());
        visit.Hold(visit.Template(NodeKind.Environment, start, clock.GetElapsedTime(began), null) with { Arguments = visit.Run.ToElement(state.Task), Result = JournalJson.Write(world, Name) });
        return new(new NodeOutcome<EnvironmentRun<TTask, TWorld>>(Apply(state, world), world));
    }

    public override EnvironmentRun<TTask, TWorld> Apply(EnvironmentRun<TTask, TWorld> state, object? result) => state with { World = (TWorld)result! };

    public override object? Read(VisitCommit recorded) => JournalJson.Read<TWorld>(recorded.Records[0].Result!.Value, Name);
}

/// <summary>Makes one world of what the roles did.</summary>
internal sealed class StepNode<TTask, TWorld>(string name, TeamEnvironment<TTask, TWorld> environment) : WorkflowNode<EnvironmentRun<TTask, TWorld>>(name, new())
    where TTask : notnull
    where TWorld : notnull
{
    public override NodeShape Shape => NodeShape.Function;

    public override ValueTask<NodeOutcome<EnvironmentRun<TTask, TWorld>>> ExecuteAsync(NodeVisit visit, EnvironmentRun<TTask, TWorld> state, CancellationToken cancellationToken)
    {
        var clock = visit.Run.TimeProvider;
        var (start, began) = (clock.GetUtcNow(), clock.GetTimestamp());
        var after = Apply(state, null);
        visit.Hold(visit.Template(NodeKind.Environment, start, clock.GetElapsedTime(began), null) with
        {
            Arguments = visit.Run.ToElement(state.Actions),
            Result = visit.Run.ToElement(new EnvironmentStep(visit.Run.ToElement(after.World), environment.Reward(state.World!, after.World!), environment.IsDone(after.World!))),
        });
        return new(new NodeOutcome<EnvironmentRun<TTask, TWorld>>(after, null));
    }

    public override EnvironmentRun<TTask, TWorld> Apply(EnvironmentRun<TTask, TWorld> state, object? result) => state with
    {
        World = environment.Step(state.World!, state.Actions) ?? throw new AgentTeamsException($"The step of the environment '{environment.Name}' returned null. Return a world."),
        Actions = new Dictionary<string, string>(),
        Turns = state.Turns + 1,
    };
}

/// <summary>What a record of an environment's step says.</summary>
/// <param name="World">The world after it.</param>
/// <param name="Reward">What the turn was worth, or null.</param>
/// <param name="IsDone">Whether the episode is over.</param>
public sealed record EnvironmentStep(JsonElement World, double? Reward, bool IsDone)
{
    /// <summary>Reads the result of a node of kind <see cref="NodeKind.Environment"/>; null where the node is none of a step.</summary>
    public static EnvironmentStep? Of(TrajectoryNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return node is { Kind: NodeKind.Environment, Result: { ValueKind: JsonValueKind.Object } result } && result.TryGetProperty("isDone", out _) ? result.Deserialize<EnvironmentStep>(TrajectoryJson.Options) : null;
    }
}
