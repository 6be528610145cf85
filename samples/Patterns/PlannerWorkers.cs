namespace AgentTeams.Samples;

/// <summary>A planner fills a ledger, workers do what is ready side by side, and what failed is planned again.</summary>
internal static class PlannerWorkers
{
    public static async Task RunAsync()
    {
        TeamMember[] workers = [Cast.Role("cook"), Cast.Role("shopper")];
        // Random weights name needs that no task has, so that they plan one task at a time.
        var options = new PlannerOptions { MaxPlans = 2, MaxTasks = Cast.IsLocal ? 1 : 8 };

        await Cast.ShowAsync(TeamPatterns.PlannerWorkers("dinner", Cast.Role("planner"), workers, options), new("Make soup."), Cast.Play((role, asked) => role switch
        {
            "shopper" => asked.Contains("truffles", StringComparison.Ordinal) ? "FAILED: sold out" : "bought",
            "cook" => "cooked",
            _ when asked.Contains("final answer", StringComparison.Ordinal) => "Soup with carrots is served.",
            _ when asked.Contains("Failed", StringComparison.Ordinal) => Plan(Task("carrots", "shopper", "Buy carrots."), Task("soup", "cook", "Cook the soup.", "carrots")),
            _ => Plan(Task("truffles", "shopper", "Buy truffles."), Task("soup", "cook", "Cook the soup.", "truffles")),
        }));
    }

    private static string Plan(params object[] tasks) => Cast.Json(new { tasks });

    private static object Task(string id, string assignee, string task, params string[] needs) => new { id, assignee, task, needs };
}
