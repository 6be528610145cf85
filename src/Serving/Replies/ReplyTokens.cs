using System.Text;
using Microsoft.Extensions.AI;

namespace AgentTeams.Serving;

/// <summary>Log-probabilities and token counts.</summary>
internal static class ReplyTokens
{
    // JSON has no infinity; this is what OpenAI writes for a token that could not come.
    private const double Impossible = -9999;

    /// <summary>The sampled tokens that have a text, each with its log-probability; special tokens, such as the end, have none.</summary>
    public static LogProbs? LogProbs(ReplyContent content, Tokenizer? tokenizer)
    {
        if (tokenizer is null || content.Trace is not { } trace) return null;
        var texts = TokenBytes.Of(tokenizer);
        var tokens = new List<TokenLogProb>(trace.CompletionIds.Length);
        for (var i = 0; i < trace.CompletionIds.Length; i++)
        {
            var bytes = texts.In(trace.CompletionIds[i]);
            if (!bytes.IsEmpty) tokens.Add(new(Encoding.UTF8.GetString(bytes), Math.Max(trace.LogProbs[i], Impossible), [.. bytes], []));
        }

        return new(tokens);
    }

    /// <summary>What all choices of a request took; the prompt, which they share, counts once.</summary>
    public static Usage? Sum(IEnumerable<UsageDetails?> choices)
    {
        var known = choices.OfType<UsageDetails>().ToList();
        if (known.Count == 0) return null;
        var (prompt, completion) = (known.Max(u => u.InputTokenCount ?? 0), known.Sum(u => u.OutputTokenCount ?? 0));
        return new(prompt, completion, prompt + completion);
    }
}
