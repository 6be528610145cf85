namespace AgentTeams.Samples;

/// <summary>A large model begins a text, a small one goes on with it.</summary>
internal static class Relay
{
    public static async Task RunAsync()
    {
        var story = TeamPatterns.Relay("story", [Cast.Role("large"), Cast.Role("small")], new() { Legs = 3, Separator = " ", Until = text => text.EndsWith("end.", StringComparison.Ordinal) });

        await Cast.ShowAsync(story, new("A story of a lighthouse."), Cast.Play((role, _) => role == "large" ? "Nobody had lit it since the war." : "Then one night it shone. The end."));
    }
}
