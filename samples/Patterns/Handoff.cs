namespace AgentTeams.Samples;

/// <summary>A front desk hands a customer on to whoever can help; nobody can hand to a stranger.</summary>
internal static class Handoff
{
    public static async Task RunAsync()
    {
        TeamMember[] desk = [Cast.Role("front"), Cast.Role("billing", description: "invoices and refunds"), Cast.Role("technician", description: "broken devices")];

        await Cast.ShowAsync(TeamPatterns.Handoff("desk", desk, new() { MaxHandoffs = 3 }), new("I was charged twice."), Cast.Play((role, _) => role switch
        {
            "front" => Cast.Json(new { handoff = "billing", text = "A double charge." }),
            _ => Cast.Json(new { handoff = "", text = "The second charge is refunded." }),
        }));
    }
}
