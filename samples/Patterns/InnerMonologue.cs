namespace AgentTeams.Samples;

/// <summary>A thinker questions an observer in private before it answers; each round is a turn that can be rewarded by itself.</summary>
internal static class InnerMonologue
{
    public static async Task RunAsync()
    {
        var questions = new Queue<string>(["What is in the foreground?", "What is behind it?", TeamPrompts.Ready]);
        var look = Protocol.InnerMonologue(new() { MaxRounds = 3 }).ToWorkflow("look", [Cast.Role("thinker"), Cast.Role("observer")]);

        await Cast.ShowAsync(look, new("Where was the picture taken?"), Cast.Play((role, asked) =>
            role == "observer" ? asked.Contains("behind", StringComparison.Ordinal) ? "A lighthouse." : "A boat."
            : asked.Contains("final answer", StringComparison.Ordinal) ? "At the sea." : questions.Dequeue()));
    }
}
