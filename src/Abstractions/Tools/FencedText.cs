namespace AgentTeams.Workflows;

/// <summary>Text that models put between lines of three backticks.</summary>
internal static class FencedText
{
    public const string Fence = "```";

    /// <summary>What stands between the first fence and the last, so that it may hold fences of its own; the whole reply where there is none, and null where one is opened and not closed.</summary>
    public static string? Of(string reply)
    {
        var first = reply.IndexOf(Fence, StringComparison.Ordinal);
        if (first < 0) return reply;
        var last = reply.LastIndexOf(Fence, StringComparison.Ordinal);
        if (last == first) return null;
        var inside = reply[(first + Fence.Length)..last];
        // What stands behind the first fence on its line names a language.
        var line = inside.IndexOf('\n', StringComparison.Ordinal);
        return line >= 0 && !inside[..line].Trim().Contains(' ', StringComparison.Ordinal) ? inside[(line + 1)..] : inside;
    }
}
