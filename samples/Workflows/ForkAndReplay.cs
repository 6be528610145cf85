namespace AgentTeams.Samples;

/// <summary>A run is replayed without a model, forked in its middle with another state, and compared with its fork visit by visit.</summary>
internal static class ForkAndReplay
{
    public static async Task RunAsync()
    {
        var wf = Workflow.CreateBuilder<Trip>("trip");
        var plan = wf.AddRole(new() { Name = "planner" }, s => s.Wish, (s, reply) => s with { City = reply.Text });
        var hotel = wf.AddRole(new() { Name = "hotels" }, s => s.City, (s, reply) => s with { Hotel = reply.Text });
        var note = wf.AddFunction("note", s => s with { Text = $"{s.Hotel} in {s.City}" });
        wf.Start(plan).Then(hotel).Then(note);
        var workflow = wf.Build();

        var asked = 0;
        var runtime = ScriptedModel.Team((role, text) =>
        {
            asked++;
            return role == "planner" ? "Rome" : $"Hotel {text}";
        });
        var first = await workflow.RunAsync(new Trip("somewhere warm"), runtime);
        Console.WriteLine($"first:  {first.State.Text}, {asked} calls");

        var replayed = await workflow.ReplayAsync(first.Run);
        Console.WriteLine($"replay: {replayed.State.Text}, {asked} calls");

        var fork = await workflow.ForkAsync(first.Run, "planner", s => s with { City = "Athens" });
        var forked = await workflow.RecordResumedAsync(fork, runtime);
        Console.WriteLine($"fork:   {forked.State!.Text}, {asked} calls; its parent is {forked.Trajectory.ParentId == first.Run.Seed.ToTrajectoryId()}");
        Console.WriteLine($"inherited: {string.Join(", ", forked.Trajectory.Nodes.Where(n => n.Inherited).Select(n => n.Id))}");

        var second = await workflow.ResumeAsync(fork, runtime);
        foreach (var difference in RunComparison.Of(first.Run, second.Run)) Console.WriteLine($"  {difference}");
    }

    private sealed record Trip(string Wish, string City = "", string Hotel = "", string Text = "");
}
