using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>One turn of a tool-call loop that does not report its turns, as its messages tell it.</summary>
/// <param name="Said">What the model said.</param>
/// <param name="Input">What it read.</param>
/// <param name="Usage">The tokens, where they are this turn's alone.</param>
/// <param name="Tools">The tool calls that it asked for and that ended.</param>
internal sealed record SaidTurn(ChatMessage Said, ImmutableArray<ChatMessage> Input, TokenUsage? Usage, IReadOnlyList<PendingNode> Tools)
{
    public required DateTimeOffset Start { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>Whether a later message carries this one's usage and tokens too: a loop leaves those of its last call at all its messages.</summary>
    public required (bool Usage, bool Tokens) IsShared { get; init; }

    public bool UsesTools => Said.Contents.Any(c => c is FunctionCallContent);

    public TrajectoryNode Describe(TrajectoryNode template)
    {
        var node = ModelCall.Describe(template, new ChatResponse(Said));
        if (IsShared.Tokens) node = node with { Tokens = null, Usage = null };
        return node with { Input = Input, Usage = IsShared.Usage ? null : Usage ?? node.Usage, Start = Start, Duration = Duration };
    }
}

/// <summary>Reads the turns of a tool-call loop from its messages.</summary>
internal static class SaidTurns
{
    /// <summary>The turns in order.</summary>
    /// <param name="given">What the first call read.</param>
    /// <param name="said">The turns of the model and what its tools answered.</param>
    /// <param name="tools">The tool calls that ended, in order; those that a turn asked for are taken from them.</param>
    /// <param name="start">When the first call began.</param>
    /// <param name="duration">How long all took, tools included.</param>
    public static IEnumerable<SaidTurn> Of(
        IReadOnlyList<ChatMessage> given, IReadOnlyList<SpokenMessage> said, List<PendingNode> tools, DateTimeOffset start, TimeSpan duration)
    {
        var input = given.ToList();
        var end = start + duration;
        for (var i = 0; i < said.Count; i++)
        {
            var (message, usage) = (said[i].Message, said[i].Usage);
            if (message.Role == ChatRole.Assistant)
            {
                var taken = tools.Take(message.Contents.OfType<FunctionCallContent>().Count()).ToList();
                tools.RemoveRange(0, taken.Count);
                var later = said.Skip(i + 1).ToList();
                var trace = TraceOf(message);
                yield return new(message, [.. input], usage, taken)
                {
                    Start = start,
                    Duration = (taken.Count > 0 ? taken.Min(t => t.Content.Start) : end) - start,
                    IsShared = (usage is not null && later.Exists(m => ReferenceEquals(m.UsageSource, said[i].UsageSource)),
                        trace is not null && later.Exists(m => ReferenceEquals(TraceOf(m.Message), trace))),
                };
                if (taken.Count > 0) start = taken.Max(t => t.Content.Start + t.Content.Duration);
            }

            input.Add(message);
        }
    }

    private static TokenTrace? TraceOf(ChatMessage message) => TokenTrace.Of(new ChatResponse(message));
}
