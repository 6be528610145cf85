using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>The tool calls of a response: those its client already executed, and those that wait to be.</summary>
internal readonly record struct FunctionCalls(
    IReadOnlyList<(FunctionCallContent Call, FunctionResultContent? Result)> Answered, IReadOnlyList<FunctionCallContent> Open)
{
    private static readonly FunctionCalls None = new([], []);

    public bool IsEmpty => Answered.Count == 0 && Open.Count == 0;

    public static FunctionCalls Of(ChatResponse response) => Of(response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>(), response);

    /// <summary>The tool calls of the last turn of a loop; the whole response may hold their results.</summary>
    public static FunctionCalls Of(ModelCall last, ChatResponse response) => Of(last.FunctionCalls, response);

    private static FunctionCalls Of(IEnumerable<FunctionCallContent> all, ChatResponse response)
    {
        var made = all.ToList();
        if (made.Count == 0) return None;
        var contents = response.Messages.SelectMany(m => m.Contents);
        var results = contents.OfType<FunctionResultContent>().GroupBy(r => r.CallId, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last(), StringComparer.Ordinal);
        var calls = made.ToLookup(c => c.InformationalOnly || results.ContainsKey(c.CallId));
        return new([.. calls[true].Select(c => (c, results.GetValueOrDefault(c.CallId)))], [.. calls[false]]);
    }
}
