using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>One call of a model, as a <see cref="RecordingChatClient"/> saw it.</summary>
internal sealed record ModelCall(ImmutableArray<ChatMessage> Input, ChatResponse? Response, Exception? Error, DateTimeOffset Start, TimeSpan Duration)
{
    public IEnumerable<FunctionCallContent> FunctionCalls => Response is null ? [] : Response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>();

    /// <summary>The node with what the model read, wrote and cost.</summary>
    public TrajectoryNode Describe(TrajectoryNode node)
    {
        var described = node with { Input = Input, Start = Start, Duration = Duration, Error = Error is null ? null : NodeVisit.Describe(Error) };
        return Response is null ? described : Describe(described, Response);
    }

    public static TrajectoryNode Describe(TrajectoryNode node, ChatResponse response)
    {
        var tokens = TokenTrace.Of(response);
        return node with
        {
            Output = [.. response.Messages],
            Tokens = tokens,
            Policy = tokens?.Policy ?? node.Policy,
            Usage = UsageOf(response, tokens),
        };
    }

    public static TokenUsage? UsageOf(ChatResponse response, TokenTrace? tokens) =>
        response.Usage.ToTokenUsage() ?? (tokens is null ? null : new(tokens.PromptIds.Length, tokens.CompletionIds.Length));
}
