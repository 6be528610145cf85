namespace AgentTeams.McpInterop;

/// <summary>A line of the table: what was called, what came back, and how the run recorded it.</summary>
internal sealed record Row(string Server, string Tool, string Returned, string Recorded, bool IsAsExpected)
{
    public override string ToString() => $"| {Server} | {Tool} | {Clean(Returned)} | {Clean(Recorded)} | {(IsAsExpected ? "yes" : "NO")} |";

    private static string Clean(string text)
    {
        var line = text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
        return line.Length <= 110 ? line : $"{line[..110]}…";
    }
}
