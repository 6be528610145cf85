using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>A conversation as nodes: a call of the role for each message of the assistant, and the tool calls that it was given the results of.</summary>
internal static class ChatNodes
{
    /// <param name="messages">The conversation.</param>
    /// <param name="role">The role that the assistant is.</param>
    /// <param name="isContext">Whether the message of an index is said by the assistant but not to be learned.</param>
    public static ImmutableArray<TrajectoryNode> Of(IReadOnlyList<ChatMessage> messages, string role, Func<int, bool> isContext)
    {
        var nodes = ImmutableArray.CreateBuilder<TrajectoryNode>();
        var names = new NodeNames();
        var calls = new Dictionary<string, FunctionCallContent>(StringComparer.Ordinal);
        ImmutableArray<string> parents = [];
        var (asking, turn) = ((string?)null, -1);
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            if (message.Role == ChatRole.User && (i == 0 || messages[i - 1].Role != ChatRole.User)) turn++;
            if (message.Role == ChatRole.Assistant && !isContext(i))
            {
                Add(new() { Id = names.Next(role), Kind = NodeKind.Role, Name = role, Input = [.. messages.Take(i)], Output = [message], Parents = parents });
                (asking, parents) = (nodes[^1].Id, [nodes[^1].Id]);
            }

            foreach (var call in message.Contents.OfType<FunctionCallContent>()) calls[call.CallId] = call;
            foreach (var result in message.Contents.OfType<FunctionResultContent>()) AddTool(result);
        }

        return nodes.DrainToImmutable();

        void AddTool(FunctionResultContent result)
        {
            var call = calls.GetValueOrDefault(result.CallId);
            var tool = call?.Name ?? result.CallId;
            Add(new()
            {
                Id = names.Next(tool), Kind = NodeKind.Tool, Name = tool, ToolName = tool,
                Arguments = call?.Arguments is { } given ? TrajectoryJson.ToElement(given) : null,
                Result = TrajectoryJson.ToElement(result.Result), Parents = asking is null ? [] : [asking],
            });
            parents = parents is [var only] && only == asking ? [nodes[^1].Id] : parents.Add(nodes[^1].Id);
        }

        void Add(TrajectoryNode node) => nodes.Add(node with { Role = role, Turn = Math.Max(turn, 0), Step = nodes.Count });
    }
}
