namespace AgentTeams.Samples;

/// <summary>Plan, execute, summarise: three roles one after another.</summary>
internal static class Sequential
{
    public static async Task RunAsync()
    {
        var team = TeamPatterns.PlanExecuteSummarise("report", Cast.Role("planner", "Name the steps."), Cast.Role("executor", "Do them."), Cast.Role("summariser", "Say it in one sentence."));

        await Cast.ShowAsync(team, new("What is 6 * 7, and is it even?"), Cast.Play((role, _) => role switch
        {
            "planner" => "Multiply, then look at the last digit.",
            "executor" => "6 * 7 = 42; 2 is even.",
            _ => "It is 42, which is even.",
        }));
    }
}
