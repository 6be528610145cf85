namespace AgentTeams.Tests;

public sealed class TreeSearchTests
{
    [Fact]
    public async Task TreeSearch_ValueByFunction_GoesOnFromTheBestAndAnswersWithIt()
    {
        // Each draft adds its number; the value is how far it got.
        var scripts = new Scripts(h => Longest(h.Text) + "x");
        var team = TeamPatterns.TreeSearch("team", Teams.Members("ann"), Valuer.By((_, draft, _) => new(draft.Length / 10.0)), new() { Drafts = 6, Width = 1, Depth = 10 });
        var result = await team.Definition.RunAsync(new("t"), scripts.Runtime);

        Assert.Equal(("xxxxxx", false), (result.State.Answer, result.State.IsSettled));
        Assert.Equal(["1", "1.1", "1.1.1", "1.1.1.1", "1.1.1.1.1", "1.1.1.1.1.1"], Drafts(result.State));
    }

    [Fact]
    public async Task TreeSearch_UpperBounds_ChooseAsWorkedOutByHand()
    {
        // First drafts 0.9, 0.1; then by mean + c sqrt(ln N / n): 0.9 + 0.83 c beats 0.1 + 0.83 c, so "1.1"; its value 0 makes the mean of "1" 0.45 with n = 2, N = 3:
        // "1": 0.45 + c sqrt(ln 3 / 2) = 0.45 + 0.741 c, "2": 0.1 + c sqrt(ln 3) = 0.1 + 1.048 c. They change places at c = 1.14.
        double[] values = [0.9, 0.1, 0, 0, 0];
        foreach (var (exploration, third) in new[] { (0.5, "1.2"), (Math.Sqrt(2), "2.1") })
        {
            var drafts = 0;
            var team = TeamPatterns.TreeSearch("team", Teams.Members("ann"), Valuer.By((_, draft, _) => new(values[int.Parse(draft)])), new() { Drafts = 4, Width = 2, Depth = 2, Exploration = exploration });
            var result = await team.Definition.RunAsync(new("t"), new Scripts(h => $"{Interlocked.Increment(ref drafts) - 1}").Runtime);

            Assert.Equal(["1", "2", "1.1", third], Drafts(result.State));
            Assert.Equal("0", result.State.Answer);
        }
    }

    [Fact]
    public async Task TreeSearch_SeveralExpanders_TakeTurns()
    {
        var scripts = new Scripts(h => h.Role == "judge" ? Scripts.Json(new { grade = h.Index == 3 ? 10 : 5, critique = "more" }) : $"{h.Role} {h.Index}");
        var result = await TeamPatterns.TreeSearch("team", Teams.Members("ann", "bob"), Teams.Role("judge"), new() { Width = 2, Depth = 2 }).Definition.RunAsync(new("t"), scripts.Runtime);

        Assert.Equal(["ann", "bob", "ann", "bob"], result.State.Messages.Where(m => m.Kind == MessageKinds.Proposal).Select(m => m.From));
        Assert.Equal(("bob 1", true), (result.State.Answer, result.State.IsSettled));
        // Who goes on sees the draft it goes on from, with its critique, and none beside it.
        Assert.Contains("[ann] ann 0\n[judge] more", scripts.AskedOf("ann").ElementAt(1), StringComparison.Ordinal);
        Assert.DoesNotContain("[bob]", scripts.AskedOf("ann").ElementAt(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TreeSearch_MembersThatSeeOneMessage_SearchTheSameTree()
    {
        var scripts = new Scripts(h => $"{h.Index}");
        var options = new TreeSearchOptions { Drafts = 7, Width = 2, Depth = 3 };
        var valuer = Valuer.By((_, draft, _) => new(int.Parse(draft) % 5 / 5.0));
        var all = await TeamPatterns.TreeSearch("team", Teams.Members("ann"), valuer, options).Definition.RunAsync(new("t"), new Scripts(h => $"{h.Index}").Runtime);
        var one = await TeamPatterns.TreeSearch("team", Teams.Members("ann"), valuer, options with { MaxSeenMessages = 1 }).Definition.RunAsync(new("t"), scripts.Runtime);

        Assert.Equal(Drafts(all.State), Drafts(one.State));
        Assert.All(scripts.AskedOf("ann"), asked => Assert.InRange(asked.Split('\n').Count(l => l.StartsWith('[')), 0, 1));
        Assert.Contains(scripts.AskedOf("ann"), asked => asked.Contains("[value] ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TreeSearch_FullTree_EndsBeforeItsDraftsAreUsedUp()
    {
        var scripts = new Scripts(h => "x");
        var result = await TeamPatterns.TreeSearch("team", Teams.Members("ann"), Valuer.By((_, _, _) => new(0.5)), new() { Drafts = 50, Width = 2, Depth = 2 }).Definition.RunAsync(new("t"), scripts.Runtime);

        Assert.Equal(6, scripts.Calls.Count);
        Assert.Equal(6, Drafts(result.State).Distinct().Count());
    }

    [Fact]
    public async Task TreeSearch_ValueThatIsNone_IsRefused()
    {
        var error = await Assert.ThrowsAsync<WorkflowNodeException>(() => TeamPatterns.TreeSearch("team", Teams.Members("ann"), Valuer.By((_, _, _) => new(2))).RunAsync("t", new Scripts(h => "x").Runtime));

        Assert.Contains("The value of a draft is 2", error.ToString(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Drafts(Conversation state) => state.Messages.Where(m => m.Kind == MessageKinds.Proposal).Select(m => m.Purpose);

    private static string Longest(string asked) => asked.Split('\n').Where(l => l.StartsWith("[ann] ", StringComparison.Ordinal)).Select(l => l[6..]).MaxBy(l => l.Length) ?? "";
}
