namespace AgentTeams.Samples;

/// <summary>A sale by typed messages: bids are numbers, private, and a bid below 0 is refused before anyone sees it.</summary>
internal static class MessagePassing
{
    public static async Task RunAsync()
    {
        var bid = new MessageKind("bid", JsonElement.Parse("""{"type":"integer","minimum":0}"""), "What you offer, to the seller alone.");
        var options = new MessagePassingOptions { Kinds = [new(MessageKinds.Say), bid], MaxRounds = 2 };
        TeamMember[] team = [Cast.Role("buyer"), Cast.Role("rival"), Cast.Role("seller")];
        var asked = new Dictionary<string, int>();

        await Cast.ShowAsync(Protocol.MessagePassing(options).ToWorkflow("sale", team), new("Sell the lamp to whoever offers most."), Cast.Play((role, _) =>
        {
            var turn = asked[role] = asked.GetValueOrDefault(role) + 1;
            return (role, turn) switch
            {
                ("buyer", 1) => Bid(-5),
                ("buyer", _) => Bid(20),
                ("rival", _) => Bid(15),
                _ => Cast.Json(new { kind = "answer", @private = false, to = Array.Empty<string>(), purpose = "close", text = "Sold to the buyer for 20." }),
            };
        }));
    }

    private static string Bid(int payload) => Cast.Json(new { kind = "bid", @private = true, to = (string[])["seller"], purpose = "offer", text = "My offer.", payload });
}
