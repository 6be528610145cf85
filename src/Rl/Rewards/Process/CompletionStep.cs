namespace AgentTeams.Rl;

/// <summary>A part of a role's reply, for a <see cref="ProcessReward"/> to judge.</summary>
/// <param name="Text">What it says; empty where it was cut by tokens alone.</param>
/// <param name="FirstToken">The zero-based index of its first token in the completion.</param>
/// <param name="LastToken">The zero-based index of its last token; at least <paramref name="FirstToken"/>.</param>
public sealed record CompletionStep(string Text, int FirstToken, int LastToken)
{
    /// <summary>How many tokens it has; at least 1.</summary>
    public int TokenCount => LastToken - FirstToken + 1;
}

/// <summary>Ways to cut a completion into steps. Together the steps hold every token once, in order.</summary>
public static class CompletionSteps
{
    /// <summary>Chunks of so many tokens, the last one of what is left.</summary>
    /// <param name="tokens">Tokens of a chunk; at least 1.</param>
    /// <param name="decode">Makes text of ids, for example a tokenizer's; without it steps have no text.</param>
    /// <returns>Cuts the ids of a completion.</returns>
    /// <exception cref="AgentTeamsException">A chunk would have no token.</exception>
    public static Func<IReadOnlyList<int>, IReadOnlyList<CompletionStep>> Every(int tokens, Func<IReadOnlyList<int>, string>? decode = null)
    {
        if (tokens < 1) throw new AgentTeamsException($"A chunk of {tokens} tokens was asked for. Give at least 1.");
        return ids => [.. Enumerable.Range(0, ids.Count).Chunk(tokens).Select(c => new CompletionStep(decode?.Invoke([.. c.Select(i => ids[i])]) ?? "", c[0], c[^1]))];
    }

    /// <summary>
    /// Steps that end where a text ends, for example paragraphs or lines: the separator belongs to the step before it, and a token that reaches over the
    /// end to the step in which it began.
    /// </summary>
    /// <param name="separator">What ends a step; not empty.</param>
    /// <param name="decode">Makes text of ids. The text of more ids must begin with that of fewer, but for a character of which only some bytes are there.</param>
    /// <returns>Cuts the ids of a completion.</returns>
    /// <exception cref="AgentTeamsException">The separator is empty.</exception>
    public static Func<IReadOnlyList<int>, IReadOnlyList<CompletionStep>> EndingWith(string separator, Func<IReadOnlyList<int>, string> decode)
    {
        ArgumentNullException.ThrowIfNull(decode);
        if (string.IsNullOrEmpty(separator)) throw new AgentTeamsException("The separator of a completion's steps is empty. Give the text that ends a step, for example a line break.");
        return ids => Cut(ids, separator, decode);
    }

    private static List<CompletionStep> Cut(IReadOnlyList<int> ids, string separator, Func<IReadOnlyList<int>, string> decode)
    {
        var steps = new List<CompletionStep>();
        var text = decode(ids);
        var (from, first) = (0, 0);
        for (var at = text.IndexOf(separator, StringComparison.Ordinal); at >= 0; at = text.IndexOf(separator, at + separator.Length, StringComparison.Ordinal))
        {
            var end = at + separator.Length;
            var last = LastTokenOf(end, first, ids, decode);
            // A token may hold the ends of several steps, and all that is left.
            if (last < first) continue;
            steps.Add(new(text[from..end], first, last));
            (from, first) = (end, last + 1);
        }

        if (first < ids.Count) steps.Add(new(text[from..], first, ids.Count - 1));
        else if (steps.Count > 0) steps[^1] = steps[^1] with { Text = steps[^1].Text + text[from..] };
        return steps;
    }

    /// <summary>The token with which a text of that length is complete, found by halving; before <paramref name="first"/> where it was complete already.</summary>
    private static int LastTokenOf(int length, int first, IReadOnlyList<int> ids, Func<IReadOnlyList<int>, string> decode)
    {
        var (least, most) = (first - 1, ids.Count - 1);
        while (least < most)
        {
            var middle = least + ((most - least) / 2);
            if (decode([.. ids.Take(middle + 1)]).TrimEnd('\uFFFD').Length >= length) most = middle;
            else least = middle + 1;
        }

        return least;
    }
}
