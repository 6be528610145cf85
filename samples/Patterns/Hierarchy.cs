namespace AgentTeams.Samples;

/// <summary>Teams in teams: a coordinator whose specialists are a debate and a pair of writers.</summary>
internal static class Hierarchy
{
    public static async Task RunAsync()
    {
        var board = TeamPatterns.Debate("board", [Cast.Role("ann"), Cast.Role("bob")], Aggregation.Majority(), new() { Description = "decides by debate" });
        var press = TeamPatterns.Sequential("press", [Cast.Role("writer"), Cast.Role("editor")], new() { Description = "writes announcements" });
        var firm = TeamPatterns.Coordinator("firm", Cast.Role("director"), [board, press], new() { MaxInstructions = 3 });

        await Cast.ShowAsync(firm, new("Decide whether we open on Sundays, and announce it."), Cast.Play((role, asked) => role switch
        {
            "ann" or "bob" => "Open.",
            "writer" => "We are open on Sundays.",
            "editor" => "Open on Sundays, too!",
            _ when asked.Contains("[press to", StringComparison.Ordinal) => Cast.Json(new { to = "", text = "Open on Sundays, too!" }),
            _ => Cast.Json(asked.Contains("[board to", StringComparison.Ordinal) ? new { to = "press", text = "Announce: open." } : new { to = "board", text = "Open on Sundays?" }),
        }));
    }
}
