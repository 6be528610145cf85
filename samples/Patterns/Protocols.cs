namespace AgentTeams.Samples;

/// <summary>The same two roles under three protocols: one line differs.</summary>
internal static class Protocols
{
    public static async Task RunAsync()
    {
        TeamMember[] team = [Cast.Role("ann", "You lay tables."), Cast.Role("bob", "You cook.")];
        var runtime = Cast.Play((role, asked) => asked.Contains("Do not do it yet", StringComparison.Ordinal) ? $"{role} will begin" : $"{role} is done");
        foreach (var protocol in (Protocol[])[Protocol.Dialogue(new() { MaxTurns = 2 }), Protocol.IntentionBroadcast(), Protocol.InnerMonologue(new() { MaxRounds = 1 })])
        {
            var dinner = protocol.ToWorkflow("dinner", team);
            Console.WriteLine($"{protocol.GetType().Name}: {Cast.Short(await dinner.RunAsync("Serve dinner.", runtime))}");
        }
    }
}
