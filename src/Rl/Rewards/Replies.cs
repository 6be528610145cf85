using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>Which role invocations say something to be judged, and how long they are.</summary>
internal static class Replies
{
    /// <summary>Whether a role said something: no call without output, and none that only asked for tools.</summary>
    public static bool Is(TrajectoryNode node) => node.Kind == NodeKind.Role && !node.Output.IsEmpty && !node.Output.Any(m => m.Contents.OfType<FunctionCallContent>().Any());

    /// <summary>The replies that the run went on with, in commit order, those that a fork inherited included.</summary>
    public static IEnumerable<TrajectoryNode> Of(Trajectory trajectory)
    {
        HashSet<int> invocations = [.. Invocations.Of(trajectory)];
        return trajectory.Nodes.Where((n, i) => Is(n) && (invocations.Contains(i) || n is { Inherited: true, Discarded: false, Error: null }));
    }

    /// <summary>A role's replies, in commit order, those that a fork inherited included.</summary>
    public static IEnumerable<TrajectoryNode> Of(Trajectory trajectory, string role) => Of(trajectory).Where(n => n.Role == role);

    /// <summary>All calls of a role, or of all roles, that this trajectory itself paid for.</summary>
    public static IEnumerable<TrajectoryNode> Calls(Trajectory trajectory, string? role) =>
        trajectory.Nodes.Where(n => n is { Kind: NodeKind.Role, Inherited: false } && (role is null || n.Role == role));

    /// <summary>Tokens that a call read and wrote; those recorded, else those that its server counted.</summary>
    public static TokenUsage UsageOf(Trajectory trajectory, TrajectoryNode call) => call switch
    {
        { Tokens: { } tokens } => new(tokens.PromptIds.Length, tokens.CompletionIds.Length),
        { Usage: { } usage } => usage,
        { Output.IsEmpty: true } => new(),
        _ => throw new AgentTeamsException($"The call '{call.Id}' of trajectory '{trajectory.Id}' tells neither its tokens nor its usage, so its length is unknown. Use a model "
            + "that reports usage, or judge its text with a FormatReward."),
    };

    /// <summary>A reward for a role, or for the team where none is named.</summary>
    public static Reward For(string? role, string name, double value) => role is null ? Reward.ForTrajectory(name, value) : Reward.ForRole(role, name, value);
}
