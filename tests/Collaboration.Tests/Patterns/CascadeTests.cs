namespace AgentTeams.Tests;

public sealed class CascadeTests
{
    [Theory]
    [InlineData(-0.05f, "small", 1)]
    [InlineData(-2f, "large", 2)]
    public async Task Cascade_Certainty_DecidesWhetherTheLargeOneIsAsked(float logProb, string answer, int calls)
    {
        var scripts = new Scripts(h => With(h.Role, logProb));
        var result = await TeamPatterns.Cascade("team", Teams.Members("small", "large"), Escalation.BelowCertainty(0.8)).Definition.RunAsync(new("t"), scripts.Runtime);

        Assert.Equal((answer, calls), (result.State.Answer, scripts.Calls.Count));
        Assert.Equal(Math.Exp(logProb), result.State.Messages[0].Certainty!.Value, 6);
    }

    [Fact]
    public async Task Cascade_ModelWithoutProbabilities_SaysWhatToUseInstead()
    {
        var error = await Assert.ThrowsAsync<WorkflowNodeException>(() => TeamPatterns.Cascade("team", Teams.Members("small", "large"), Escalation.BelowCertainty(0.8)).RunAsync("t", new Scripts(h => "x").Runtime));

        Assert.Contains("UnlessAgreed", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cascade_ThreeTiers_StopsAtTheFirstThatIsAccepted()
    {
        var scripts = new Scripts(h => h.Role == "judge" ? Scripts.Json(new { accepted = h.Text.Contains("[bob] ", StringComparison.Ordinal), critique = "no" }) : h.Role);
        var result = await TeamPatterns.Cascade("team", Teams.Members("ann", "bob", "cat"), Escalation.UnlessAccepted(Teams.Role("judge"))).Definition.RunAsync(new("t"), scripts.Runtime);

        Assert.Equal("bob", result.State.Answer);
        Assert.Equal(["ann", "judge", "bob", "judge"], scripts.Calls.Select(c => c.Role));
        Assert.DoesNotContain("[ann]", scripts.AskedOf("bob").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cascade_GateBeforeATeam_SkipsItWhereItIsNotNeeded()
    {
        var board = TeamPatterns.Debate("board", Teams.Members("ann", "bob"), Aggregation.Majority());
        var team = TeamPatterns.Cascade("team", [Teams.Role("small"), board], Escalation.When((task, answer) => answer == "hard"));
        var easy = new Scripts(h => "six");
        var hard = new Scripts(h => h.Role == "small" ? "hard" : "six");

        Assert.Equal("six", await team.RunAsync("t", easy.Runtime));
        Assert.Equal("six", await team.RunAsync("t", hard.Runtime));

        Assert.Equal((1, 3), (easy.Calls.Count, hard.Calls.Count));
    }

    [Theory]
    [InlineData(0.6, "a", 3)]
    [InlineData(1, "large", 4)]
    public async Task Cascade_Agreement_TakesWhatMostSamplesSay(double share, string answer, int calls)
    {
        var scripts = new Scripts(h => h.Role == "large" ? "large" : h.Index == 1 ? "b" : "A.");
        var result = await TeamPatterns.Cascade("team", Teams.Members("small", "large"), Escalation.UnlessAgreed(3, share)).Definition.RunAsync(new("t"), scripts.Runtime);

        Assert.Equal((answer, calls), (Votes.Normalise(result.State.Answer), scripts.Calls.Count));
        Assert.Equal(2 / 3.0, result.State.LastOf(MessageKinds.Proposal)!.From == "small" ? result.State.Last!.Certainty!.Value : 2 / 3.0, 6);
    }

    [Fact]
    public async Task Relay_Legs_MakeOneText()
    {
        var scripts = new Scripts(("large", ["Once upon "]), ("small", ["a time ", "it ended."]));
        var result = await TeamPatterns.Relay("team", Teams.Members("large", "small"), new() { Legs = 4, Until = text => text.EndsWith('.') }).Definition.RunAsync(new("t"), scripts.Runtime);

        Assert.Equal(("Once upon a time Once upon it ended.", true, 4), (result.State.Answer, result.State.IsSettled, scripts.Calls.Count));
        Assert.Contains("[large] Once upon", scripts.AskedOf("small").First(), StringComparison.Ordinal);

        var early = new Scripts(h => "Done.");
        Assert.Equal("Done.", await TeamPatterns.Relay("team", Teams.Members("large", "small"), new() { Until = text => text.EndsWith('.') }).RunAsync("t", early.Runtime));
        Assert.Single(early.Calls);
    }

    private static ScriptedReply With(string text, float logProb) => ScriptedReply.Say(text).With(r =>
        r.AdditionalProperties = new() { [TokenTrace.PropertyName] = new TokenTrace { Policy = new("m"), WeightsVersion = 0, PromptIds = [1], CompletionIds = [2, 3], LogProbs = [logProb, logProb], Temperature = 1 } });
}
