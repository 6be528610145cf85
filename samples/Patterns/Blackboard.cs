namespace AgentTeams.Samples;

/// <summary>Three roles write on a board; the newest value of a key counts, and the key 'answer' ends the work.</summary>
internal static class Blackboard
{
    public static async Task RunAsync()
    {
        TeamMember[] team = [Cast.Role("geographer"), Cast.Role("statistician"), Cast.Role("writer")];

        await Cast.ShowAsync(Protocol.Blackboard(new() { MaxRounds = 3 }).ToWorkflow("board", team), new("Describe the capital of France."), Cast.Play((role, asked) => role switch
        {
            "geographer" => Post("capital", "Paris"),
            "statistician" => asked.Contains("Paris", StringComparison.Ordinal) ? Post("inhabitants", "two million") : Post("", ""),
            _ => asked.Contains("million", StringComparison.Ordinal) ? Post(MessageKinds.Answer, "Paris, two million inhabitants.") : Post("", ""),
        }));
    }

    private static string Post(string key, string value) => Cast.Json(new { key, value });
}
