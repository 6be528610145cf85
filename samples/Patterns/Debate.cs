namespace AgentTeams.Samples;

/// <summary>Two debaters answer, read each other and answer again; a judge decides.</summary>
internal static class Debate
{
    public static async Task RunAsync()
    {
        var debate = TeamPatterns.Debate("debate", [Cast.Role("ann"), Cast.Role("bob")], Cast.Role("judge"), new() { Rounds = 2 });

        await Cast.ShowAsync(debate, new("How many legs has a spider?"), Cast.Play((role, asked) => role switch
        {
            "judge" => "Eight.",
            "bob" => asked.Contains("Consider", StringComparison.Ordinal) ? "Eight; I had counted those of an insect." : "Six.",
            _ => "Eight, as all arachnids.",
        }));
        if (!Cast.IsLocal) Console.WriteLine(debate.Definition.ToMermaid());
    }
}
