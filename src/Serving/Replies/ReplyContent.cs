using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Serving;

/// <summary>One reply, whole or as it arrives: what of it is text, what calls are left to the caller, and how it ended.</summary>
internal sealed class ReplyContent
{
    private static readonly JsonSerializerOptions s_compact = new(AIJsonUtilities.DefaultOptions) { WriteIndented = false };
    private readonly List<FunctionCallContent> _calls = [];
    private readonly HashSet<string> _answered = new(StringComparer.Ordinal);
    private UsageDetails? _usage;
    private ChatFinishReason? _finish;

    /// <summary>What was sampled, where the model tells it.</summary>
    public TokenTrace? Trace { get; private set; }

    public UsageDetails? Usage => _usage;

    /// <summary>The weights that answered; equal seeds give equal replies while it stays the same.</summary>
    public string? Fingerprint => Trace is null ? null : $"{Trace.Policy}@{Trace.WeightsVersion}";

    public string FinishReason => _finish is null || _finish == ChatFinishReason.Stop ? IsCalling ? "tool_calls" : "stop" : _finish.Value.Value;

    private bool IsCalling => _calls.Exists(c => !_answered.Contains(c.CallId));

    public static (ReplyContent Content, string Text, string Reasoning) Of(ChatResponse response)
    {
        var content = new ReplyContent { Trace = TokenTrace.Of(response), _finish = response.FinishReason };
        var (text, reasoning) = content.Add(response.Messages.SelectMany(m => m.Contents));
        content._usage = response.Usage ?? content._usage;
        return (content, text, reasoning);
    }

    /// <summary>Takes a part in.</summary>
    /// <returns>The text and the reasoning that it adds.</returns>
    public (string Text, string Reasoning) Add(ChatResponseUpdate update)
    {
        _finish = update.FinishReason ?? _finish;
        if (update.AdditionalProperties?.TryGetValue(TokenTrace.PropertyName, out var trace) == true) Trace = trace as TokenTrace;
        return Add(update.Contents);
    }

    /// <summary>The calls that whoever asked has to answer; a client that runs tools by itself has answered its own.</summary>
    /// <param name="isStreamed">Whether they are numbered.</param>
    public IReadOnlyList<ToolCall>? OpenCalls(bool isStreamed) => IsCalling
        ? [.. _calls.Where(c => !_answered.Contains(c.CallId)).Select((c, i) => new ToolCall(isStreamed ? i : null, c.CallId, "function",
            new(c.Name, JsonSerializer.Serialize(c.Arguments ?? new Dictionary<string, object?>(), s_compact))))]
        : null;

    private (string Text, string Reasoning) Add(IEnumerable<AIContent> contents)
    {
        var (text, reasoning) = ("", "");
        foreach (var content in contents)
        {
            switch (content)
            {
                case TextContent said:
                    text += said.Text;
                    break;
                case TextReasoningContent thought:
                    reasoning += thought.Text;
                    break;
                case FunctionCallContent call:
                    _calls.Add(call);
                    break;
                case FunctionResultContent result:
                    _answered.Add(result.CallId);
                    break;
                case UsageContent usage:
                    (_usage ??= new()).Add(usage.Details);
                    break;
                default:
                    throw new AgentTeamsException($"The model answered with {content.GetType().Name}, for which chat completions have no place. Serve models "
                        + "that answer with text and function calls.");
            }
        }

        return (text, reasoning);
    }
}
