namespace AgentTeams.Samples;

/// <summary>A small model answers twice; only where it contradicts itself a large one is asked.</summary>
internal static class Cascade
{
    public static async Task RunAsync()
    {
        var team = TeamPatterns.Cascade("cascade", [Cast.Role("small"), Cast.Role("large")], Escalation.UnlessAgreed(samples: 2));

        foreach (var task in new[] { "How many legs has a spider?", "Which is the 40th prime?" })
        {
            var times = 0;
            await Cast.ShowAsync(team, new(task), Cast.Play((role, asked) => asked.Contains("spider", StringComparison.Ordinal) ? "Eight."
                : role == "large" ? "173." : $"{100 + Interlocked.Increment(ref times)}."));
        }
    }
}
