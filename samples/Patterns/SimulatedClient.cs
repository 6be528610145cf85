namespace AgentTeams.Samples;

/// <summary>A doctor talks to a simulated patient, who knows more than it says and leaves when it is content.</summary>
internal static class SimulatedClient
{
    public static async Task RunAsync()
    {
        var patient = SimulatedUser.Create("patient", "You are brief.", "Your head hurts since you sleep badly.") with { Options = new() { MaxOutputTokens = 40 } };
        var options = new DialogueOptions { MaxTurns = 6, Until = SimulatedUser.HasLeft("patient"), Answer = SimulatedUser.AnswerTo("patient") };
        var consult = Protocol.Dialogue(options).ToWorkflow("consult", [Cast.Role("doctor", "Find out what is wrong and advise."), patient]);

        await Cast.ShowAsync(consult, new("A patient comes in."), Cast.Play((role, asked) =>
            role == "doctor" ? asked.Contains("sleep badly", StringComparison.Ordinal) ? "Go to bed earlier." : asked.Contains("head", StringComparison.Ordinal) ? "How do you sleep?" : "What is wrong?"
            : asked.Contains("earlier", StringComparison.Ordinal) ? "Thank you. GOODBYE" : asked.Contains("How do you sleep", StringComparison.Ordinal) ? "I sleep badly." : "My head hurts."));
    }
}
