using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>The tool calls of a response: those its client already executed, and those that wait to be.</summary>
internal readonly record struct FunctionCalls(
    IReadOnlyList<(FunctionCallContent Call, FunctionResultContent? Result)> Answered, IReadOnlyList<FunctionCallContent> Open)
{
    private static readonly FunctionCalls None = new([], []);

    public bool IsEmpty => Answered.Count == 0 && Open.Count == 0;

    public static FunctionCalls Of(ChatResponse response)
    {
        foreach (var message in response.Messages)
        {
            foreach (var content in message.Contents)
            {
                if (content is FunctionCallContent) return Split(Pair(response.Messages));
            }
        }

        return None;
    }

    /// <summary>The tool calls of the last turn of a loop; the whole response may hold their results.</summary>
    public static FunctionCalls Of(ModelCall last, ChatResponse response) => Split(Answers([.. last.FunctionCalls], response.Messages));

    /// <summary>The result of each of the calls that one turn made, among everything that was said until later.</summary>
    public static IReadOnlyList<(FunctionCallContent Call, FunctionResultContent? Result)> Answers(IReadOnlyList<FunctionCallContent> calls, IEnumerable<ChatMessage> said)
    {
        // Ids may repeat from turn to turn and even within one, so only their order tells the calls apart; the turn is the last one there.
        var answers = new (FunctionCallContent, FunctionResultContent?)[calls.Count];
        var pairs = Pair(said);
        var end = pairs.Count;
        for (var i = calls.Count - 1; i >= 0; i--)
        {
            var at = end == 0 ? -1 : pairs.FindLastIndex(end - 1, p => p.Call.CallId == calls[i].CallId && p.Call.Name == calls[i].Name);
            answers[i] = (calls[i], at < 0 ? null : pairs[at].Result);
            if (at >= 0) end = at;
        }

        return answers;
    }

    private static FunctionCalls Split(IReadOnlyList<(FunctionCallContent Call, FunctionResultContent? Result)> calls) => calls.Count == 0 ? None : new(
        [.. calls.Where(c => c.Call.InformationalOnly || c.Result is not null)],
        [.. calls.Where(c => !c.Call.InformationalOnly && c.Result is null).Select(c => c.Call)]);

    /// <summary>All calls in order. A result answers the first call of its id that has none, in the last message that has such a call.</summary>
    private static List<(FunctionCallContent Call, FunctionResultContent? Result)> Pair(IEnumerable<ChatMessage> said)
    {
        var pairs = new List<(FunctionCallContent Call, FunctionResultContent? Result)>();
        var open = new Dictionary<string, (ChatMessage Message, Queue<int> Calls)>(StringComparer.Ordinal);
        foreach (var message in said)
        {
            foreach (var content in message.Contents)
            {
                if (content is FunctionCallContent call)
                {
                    if (!open.TryGetValue(call.CallId, out var waiting) || waiting.Message != message) open[call.CallId] = waiting = (message, []);
                    waiting.Calls.Enqueue(pairs.Count);
                    pairs.Add((call, null));
                }
                else if (content is FunctionResultContent result && open.TryGetValue(result.CallId, out var asked) && asked.Calls.TryDequeue(out var index))
                {
                    pairs[index] = (pairs[index].Call, result);
                }
            }
        }

        return pairs;
    }
}
