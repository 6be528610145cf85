namespace AgentTeams.Samples;

/// <summary>Two robots say what they intend before they act. Both mean to take the red box; one hears it and takes another.</summary>
internal static class IntentionBroadcast
{
    public static async Task RunAsync()
    {
        TeamMember[] robots = [Cast.Role("left"), Cast.Role("right")];

        await Cast.ShowAsync(Protocol.IntentionBroadcast().ToWorkflow("boxes", robots), new("Carry the red and the blue box away."), Cast.Play((role, asked) =>
            asked.Contains("what came of it", StringComparison.Ordinal) ? $"{role} carried the {(role == "right" ? "blue" : "red")} box"
            : role == "right" && asked.Contains("[left] I take the red box", StringComparison.Ordinal) ? "I take the blue box"
            : "I take the red box"));
    }
}
