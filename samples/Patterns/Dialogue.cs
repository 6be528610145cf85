namespace AgentTeams.Samples;

/// <summary>Two roles talk in turn until one agrees, and each knows something that the other does not.</summary>
internal static class Dialogue
{
    public static async Task RunAsync()
    {
        var options = new DialogueOptions { MaxTurns = 6, Until = talk => talk.Last!.Text.Contains("agreed", StringComparison.Ordinal) };
        var talk = Protocol.Dialogue(options).ToWorkflow("meeting", [Cast.Role("ann"), Cast.Role("bob")]);
        var task = new Conversation("Find a day for the meeting.") { Observations = [new("ann", "You are away on Monday."), new("bob", "You are away on Friday.")] };

        await Cast.ShowAsync(talk, task, Cast.Play((role, asked) =>
            role == "ann" ? asked.Contains("not Friday", StringComparison.Ordinal) ? "Wednesday then." : "Any day but Monday; Friday?"
            : asked.Contains("Wednesday", StringComparison.Ordinal) ? "Wednesday, agreed." : "For me not Friday."));
    }
}
