namespace AgentTeams.Tests;

public sealed class DynamicTests
{
    [Fact]
    public async Task Dynamic_TwoThirdsAndMoreAgree_EndsAfterThatRound()
    {
        var scripts = new Scripts(h => h.Role == "dan" ? "other" : "Six.");
        var result = await TeamPatterns.Dynamic("team", Teams.Members("ann", "bob", "cat", "dan"), new() { Rounds = 3 }).Definition.RunAsync(new("legs?"), scripts.Runtime);

        Assert.Equal(("Six.", true, 4), (result.State.Answer, result.State.IsSettled, scripts.Calls.Count));
    }

    [Fact]
    public async Task Dynamic_ExactlyTwoThirds_IsNoConsensus()
    {
        var scripts = new Scripts(h => h.Role == "cat" ? "other" : "six");
        var result = await TeamPatterns.Dynamic("team", Teams.Members("ann", "bob", "cat"), new() { Rounds = 2 }).Definition.RunAsync(new("legs?"), scripts.Runtime);

        Assert.Equal(("six", false, 6), (result.State.Answer, result.State.IsSettled, scripts.Calls.Count));
    }

    [Fact]
    public async Task Dynamic_AfterTheSelection_OnlyTheBestGoOnAndSeeOnlyTheRoundBefore()
    {
        var scripts = new Scripts(h => h.Role is "bob" or "dan" ? $"same {h.Index}" : $"{h.Role} {h.Index}");
        var result = await TeamPatterns.Dynamic("team", Teams.Members("ann", "bob", "cat", "dan"), new() { Rounds = 4, SelectAfter = 2, Consensus = 1 }).Definition.RunAsync(new("legs?"), scripts.Runtime);

        Assert.Equal(["ann", "bob", "cat", "dan", "ann", "bob", "cat", "dan", "bob", "dan", "bob", "dan"], scripts.Calls.Select(c => c.Role));
        Assert.Contains(result.State.Messages, m => m is { From: "select", Text: "Go on: bob, dan." });
        Assert.DoesNotContain("same 0", scripts.AskedOf("bob").ElementAt(2), StringComparison.Ordinal);
        Assert.Contains("[ann] ann 1", scripts.AskedOf("bob").ElementAt(2), StringComparison.Ordinal);
        Assert.DoesNotContain("[ann]", scripts.AskedOf("bob").ElementAt(3), StringComparison.Ordinal);
        Assert.Equal("same 3", result.State.Answer);
    }

    [Fact]
    public async Task Dynamic_Ranker_DecidesWhoGoesOn()
    {
        var scripts = new Scripts(h => h.Role == "boss" ? "[3,1,2]" : $"{h.Role} {h.Index}");
        await TeamPatterns.Dynamic("team", Teams.Members("ann", "bob", "cat"), new() { Rounds = 2, SelectAfter = 1, Ranker = Teams.Role("boss") }).Definition.RunAsync(new("legs?"), scripts.Runtime);

        Assert.Equal(["ann", "bob", "cat", "boss", "ann", "cat"], scripts.Calls.Select(c => c.Role));
        Assert.Contains("1. ann 0\n2. bob 0\n3. cat 0", scripts.AskedOf("boss").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Importance_MemberWhoseAnswersNobodyTakes_HasNone()
    {
        var scripts = new Scripts(h => h.Role == "odd" ? $"odd {h.Index}" : h.Role == "ann" || h.Index > 0 ? "six" : "seven");
        var result = await TeamPatterns.Dynamic("team", Teams.Members("ann", "bob", "odd"), new() { Rounds = 2, Consensus = 1 }).Definition.RunAsync(new("legs?"), scripts.Runtime);
        var scores = TeamImportance.Of(result.State, ["ann", "bob", "odd", "nobody"]);

        // The last round: ann and bob a half each. The first: both take ann's answer.
        Assert.Equal([0.75, 0.25, 0, 0], new[] { "ann", "bob", "odd", "nobody" }.Select(m => scores[m]));
        Assert.Equal(1, scores.Values.Sum(), 12);
    }

    [Fact]
    public void Importance_AnswerThatNobodyGaveBefore_IsHandedOnToAllAlike()
    {
        var run = new Conversation("t") { Answer = "c", Messages = [Say("ann", "a", 0), Say("bob", "b", 0), Say("ann", "c", 1), Say("bob", "d", 1)] };

        Assert.Equal([0.75, 0.25], TeamImportance.Of(run, ["ann", "bob"]).Values);
        Assert.Equal([0.75, 0.25], TeamImportance.OfAll([run, run], ["ann", "bob"]).Values);
        Assert.Contains("no proposals", Assert.Throws<AgentTeamsException>(() => TeamImportance.Of(new("t"), ["ann"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    public async Task Importance_PlantedUselessRole_IsTheLowestInEverySeed(int seed)
    {
        // Four members who know the answer with different chances, and one who answers by chance.
        string[] members = ["m0", "m1", "m2", "m3", "m4"];
        var useless = members[seed % 5];
        var team = TeamPatterns.Dynamic("team", Teams.Members(members), new() { Rounds = 3 });
        var runs = new List<Conversation>();
        for (var task = 0; task < 20; task++)
        {
            var key = $"{task}";
            var scripts = new Scripts(h =>
            {
                var random = new SeedKey(seed, h.Role, h.Index, key).ToRandom();
                return random.NextDouble() < (h.Role == useless ? 0 : 0.55 + (0.1 * (h.Role[1] - '0'))) ? "right" : $"{random.Next(50)}";
            });
            runs.Add((await team.Definition.RunAsync(new(key), scripts.Runtime)).State);
        }

        Assert.Equal(useless, TeamImportance.OfAll(runs, members).MinBy(s => s.Value).Key);
    }

    private static TeamMessage Say(string from, string text, int round) => new() { From = from, Kind = MessageKinds.Proposal, Purpose = $"round {round + 1}", Text = text, Turn = round };
}
