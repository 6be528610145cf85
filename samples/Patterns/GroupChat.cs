namespace AgentTeams.Samples;

/// <summary>A manager picks who speaks next, among those that there are, and ends the chat.</summary>
internal static class GroupChat
{
    public static async Task RunAsync()
    {
        TeamMember[] members = [Cast.Role("writer", description: "writes the text"), Cast.Role("editor", description: "improves the text")];
        var chat = TeamPatterns.GroupChat("desk", members, Cast.Role("chief"), new() { MaxTurns = 4 });

        await Cast.ShowAsync(chat, new("Write a line about rain."), Cast.Play((role, asked) => role switch
        {
            "writer" => "Rain falls on roofs.",
            "editor" => "Rain drums on the roofs.",
            _ => Cast.Json(new { next = asked.Contains("[editor]", StringComparison.Ordinal) ? TurnPolicy.End : asked.Contains("[writer]", StringComparison.Ordinal) ? "editor" : "writer" }),
        }));
    }
}
