namespace AgentTeams.Samples;

/// <summary>Drafts are checked by a function, as a compiler or a test would, and written again until one passes or a fallback answers.</summary>
internal static class GenerateVerifyRefine
{
    public static async Task RunAsync()
    {
        var verifier = Verifier.By((_, draft, _) => new(draft.Split(' ').Length <= 4 ? null : $"{draft.Split(' ').Length} words; at most 4 are allowed"));
        foreach (var attempts in (int[])[3, 1])
        {
            var team = TeamPatterns.GenerateVerifyRefine("headline", Cast.Role("writer"), verifier, new() { MaxAttempts = attempts, Fallback = Cast.Role("editor") });
            await Cast.ShowAsync(team, new("A headline about rain."), Cast.Play((role, asked) =>
                role == "editor" ? "Rain." : asked.Contains("at most 4", StringComparison.Ordinal) ? "Rain on all roofs" : "It has rained on all of our roofs"));
        }
    }
}
