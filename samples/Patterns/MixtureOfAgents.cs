namespace AgentTeams.Samples;

/// <summary>Two layers of proposers, each given the answers of the layer before, and an aggregator.</summary>
internal static class MixtureOfAgents
{
    public static async Task RunAsync()
    {
        TeamMember[] proposers = [Cast.Role("ann"), Cast.Role("bob")];
        var team = TeamPatterns.MixtureOfAgents("mixture", [proposers, proposers], Cast.Role("aggregator"));

        await Cast.ShowAsync(team, new("Why is the sky blue?"), Cast.Play((role, asked) => role switch
        {
            "aggregator" => "Air scatters short waves most, and we see them from everywhere.",
            "ann" => asked.Contains("[bob]", StringComparison.Ordinal) ? "Air scatters short waves most." : "Air scatters light.",
            _ => asked.Contains("[ann]", StringComparison.Ordinal) ? "Blue comes from everywhere." : "Blue light has short waves.",
        }));
    }
}
