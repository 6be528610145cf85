namespace AgentTeams.Samples;

/// <summary>A team that ends by consensus, lets only the best go on, and tells who contributed.</summary>
internal static class DynamicTeam
{
    public static async Task RunAsync()
    {
        string[] members = ["ann", "bob", "cat", "dan"];
        var team = TeamPatterns.Dynamic("dynamic", [.. members.Select(m => (TeamMember)Cast.Role(m))], new() { Rounds = 3, SelectAfter = 1 });
        var runtime = Cast.Play((role, asked) => role == "dan" ? "Ten." : role == "ann" || asked.Contains("Eight", StringComparison.Ordinal) ? "Eight." : "Six.");

        await Cast.ShowAsync(team, new("How many legs has a spider?"), runtime);

        var run = (await team.Definition.RunAsync(new("How many legs has a spider?"), runtime)).State;
        Console.WriteLine($"contributed: {string.Join(", ", TeamImportance.Of(run, members).Select(s => $"{s.Key} {s.Value:0.00}"))}");
    }
}
