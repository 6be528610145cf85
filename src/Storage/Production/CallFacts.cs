using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>What is known of a call before it is answered.</summary>
/// <param name="Id">The id of its trajectory.</param>
/// <param name="Role">The role that it is learned as.</param>
/// <param name="Task">What the application does there.</param>
internal sealed record CallFacts(string Id, string Role, string Task)
{
    private const string Workflow = "chat";

    public ImmutableArray<ChatMessage> Input { get; init; } = [];

    /// <summary>The model that was asked, where the reply does not name it.</summary>
    public string? Model { get; init; }

    public DateTimeOffset Start { get; init; }

    public long Began { get; init; }

    /// <summary>What a model is given: instructions that stand beside the messages are the system message, or come before what it says.</summary>
    public static ImmutableArray<ChatMessage> InputOf(IReadOnlyList<ChatMessage> messages, string? instructions)
    {
        var copies = CallReply.Copy(messages);
        if (string.IsNullOrEmpty(instructions)) return copies;
        return copies is [{ Role.Value: "system" } first, ..]
            ? copies.SetItem(0, new(ChatRole.System, [new TextContent(instructions + "\n\n"), .. first.Contents]))
            : copies.Insert(0, new(ChatRole.System, instructions));
    }

    public Trajectory ToTrajectory(CallReply reply, TimeSpan duration)
    {
        var node = new TrajectoryNode
        {
            Id = Role, Kind = NodeKind.Role, Name = Role, Role = Role,
            Policy = reply.Tokens?.Policy ?? ModelNames.ToPolicy(reply.Model ?? Model), Input = Input, Output = reply.Messages,
            Tokens = reply.Tokens, Usage = reply.Usage, Error = reply.Error, Start = Start, Duration = duration,
        };
        return new()
        {
            Id = Id, WorkflowName = Workflow, TaskId = Task, GroupId = Task, Nodes = [node], Usage = reply.Usage ?? new(),
            Status = reply.IsCancelled ? TrajectoryStatus.Cancelled : reply.Error is null ? TrajectoryStatus.Completed : TrajectoryStatus.Failed,
            Outcome = reply.Error is null ? node.Text : null,
            Error = reply.IsCancelled ? null : reply.Error,
        };
    }
}
