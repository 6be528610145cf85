namespace AgentTeams.Samples;

/// <summary>A language model instructs vision models by words: they get the image, it does not. It asks only whom it needs.</summary>
internal static class Coordinator
{
    public static async Task RunAsync()
    {
        TeamMember[] specialists = [Cast.Role("reader", description: "reads text in images"), Cast.Role("counter", description: "counts things in images")];
        var team = TeamPatterns.Coordinator("vision", Cast.Role("coordinator"), specialists, new() { MaxInstructions = 3 });
        // The tiny local model reads text alone.
        var task = new Conversation("What does the sign say?") { Attachments = Cast.IsLocal ? [] : [new DataContent(new byte[] { 1, 2, 3 }, "image/png")] };

        await Cast.ShowAsync(team, task, Cast.Play((role, asked) => role != "coordinator" ? "It reads: open at nine."
            : asked.Contains("[reader to", StringComparison.Ordinal) ? Cast.Json(new { to = "", text = "Open at nine." }) : Cast.Json(new { to = "reader", text = "Read the sign." })));
    }
}
