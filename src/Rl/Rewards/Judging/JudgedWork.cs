using System.Text;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>What a judge reads of a run unless told otherwise.</summary>
internal static class JudgedWork
{
    public static string Of(Trajectory trajectory, string? role)
    {
        var text = new StringBuilder();
        TrajectoryNode[] replies = [.. role is null ? Replies.Of(trajectory) : Replies.Of(trajectory, role).TakeLast(1)];
        var asked = (role is null ? replies.FirstOrDefault() : replies.LastOrDefault())?.Input.LastOrDefault(m => m.Role == ChatRole.User);
        if (asked is not null) text.Append("[asked]\n").Append(asked.Text).Append("\n\n");
        foreach (var reply in replies) text.Append('[').Append(reply.Role).Append("]\n").Append(reply.Text).Append("\n\n");
        if (role is null && trajectory.Outcome is { } outcome) text.Append("[outcome]\n").Append(outcome).Append('\n');
        return text.ToString().TrimEnd();
    }
}
