using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class ParentTests
{
    private const string Plan = "multiply the apples by seven";

    private readonly AgentRecorder _recorder = new("parents", new SeedKey(7, Task: "t"));

    [Fact]
    public async Task InvokeAsync_ReaderAlsoHearsAnEarlierAgent_ToolStandsBeforeItsReader()
    {
        var (planner, judge) = (Recorded("planner", Plan), Recorded("judge", "fine"));
        var plan = await planner.RunAsync("go");
        var result = await _recorder.InvokeAsync(Twice, new() { ["x"] = 21 });
        await judge.RunAsync([plan.Messages[0], new(ChatRole.User, $"is {result} right?")]);

        Assert.Equal(["planner", "twice<planner", "judge<planner+twice"], _recorder.ToTrajectory("").Edges());
    }

    [Fact]
    public async Task InvokeAsync_ReaderHearsAnAgentFurtherUp_ToolStandsBeforeItsReader()
    {
        var (judge, planner, coder) = (Recorded("judge", "fine"), Recorded("planner", Plan), Recorded("coder", "6*7"));
        var plan = await planner.RunAsync("go");
        await coder.RunAsync(plan.Messages);
        await _recorder.InvokeAsync(Twice, new() { ["x"] = 21 });
        await judge.RunAsync(plan.Messages);

        Assert.Equal(["planner", "coder<planner", "twice<coder", "judge<planner+twice"], _recorder.ToTrajectory("").Edges());
    }

    [Fact]
    public async Task InvokeAsync_SeveralReadersOfTheSameWords_BuildOnItAlike()
    {
        var (planner, left, right) = (Recorded("planner", Plan), Recorded("left", "l"), Recorded("right", "r"));
        var plan = await planner.RunAsync("go");
        await _recorder.InvokeAsync(Twice, new() { ["x"] = 21 });
        await left.RunAsync(plan.Messages);
        await right.RunAsync(plan.Messages);

        Assert.Equal(["planner", "twice<planner", "left<planner+twice", "right<planner+twice"], _recorder.ToTrajectory("").Edges());
    }

    [Fact]
    public async Task InvokeAsync_SomeoneHasReadIt_LaterAgentsBuildOnThatOne()
    {
        var (planner, critic, writer) = (Recorded("planner", Plan), Recorded("critic", "too short"), Recorded("writer", "better"));
        var plan = await planner.RunAsync("go");
        await _recorder.InvokeAsync(Twice, new() { ["x"] = 21 });
        var review = await critic.RunAsync(plan.Messages);
        await writer.RunAsync(review.Messages);

        Assert.Equal("writer<critic", _recorder.ToTrajectory("").Edges().Last());
    }

    [Fact]
    public async Task InvokeAsync_LaterAgentIsGivenJustTheResult_BuildsOnTheCall()
    {
        var (planner, critic, judge) = (Recorded("planner", Plan), Recorded("critic", "too short"), Recorded("judge", "fine"));
        var plan = await planner.RunAsync("go");
        var result = await _recorder.InvokeAsync(Twice, new() { ["x"] = 21 });
        await critic.RunAsync(plan.Messages);
        await judge.RunAsync($"{result}");

        Assert.Equal("judge<twice", _recorder.ToTrajectory("").Edges().Last());
    }

    [Fact]
    public async Task Recorded_WordsQuotedInALongerMessage_AreTheParent()
    {
        var (planner, other, judge) = (Recorded("planner", Plan + "\n"), Recorded("other", "no idea at all"), Recorded("judge", "fine"));
        await planner.RunAsync("go");
        await other.RunAsync("something else");
        await judge.RunAsync($"Is this right: \"{Plan}\"?");

        Assert.Equal("judge<planner", _recorder.ToTrajectory("").Edges().Last());
    }

    [Fact]
    public async Task Recorded_SeveralAreQuoted_AllAreParentsWhateverTheirOrder()
    {
        foreach (var order in new[] { "lr", "rl" })
        {
            var recorder = new AgentRecorder("parents");
            var (left, right) = (Maf.Agent("left", "divide by seventeen").Recorded(recorder), Maf.Agent("right", "divide by seven").Recorded(recorder));
            foreach (var side in order) await (side == 'l' ? left : right).RunAsync("go");
            await Maf.Agent("judge", "fine").Recorded(recorder).RunAsync("One says divide by seven, one says divide by seventeen.");

            Assert.Equal("judge<left+right", recorder.ToTrajectory("").Edges().Last());
        }
    }

    [Fact]
    public async Task Recorded_QuoteInsideOfALongerQuote_OnlyTheLongerCounts()
    {
        var (planner, coder, judge) = (Recorded("planner", Plan), Recorded("coder", $"To {Plan}: 6*7"), Recorded("judge", "fine"));
        await planner.RunAsync("go");
        await coder.RunAsync($"{Plan}, as code");
        await judge.RunAsync($"Right? To {Plan}: 6*7");

        Assert.Equal(["planner", "coder<planner", "judge<coder"], _recorder.ToTrajectory("").Edges());
    }

    [Fact]
    public async Task Recorded_WordsGoOnOrAreShort_AreNoQuote()
    {
        var (planner, second, judge) = (Recorded("planner", "the answer is A"), Recorded("second", "yes"), Recorded("judge", "fine"));
        await planner.RunAsync("go");
        await second.RunAsync("something else");
        await judge.RunAsync("yes, the answer is Apples");

        Assert.Equal("judge<second", _recorder.ToTrajectory("").Edges().Last());
    }

    private static AIFunction Twice => AIFunctionFactory.Create((int x) => 2 * x, "twice");

    private AIAgent Recorded(string name, params string[] answers) => Maf.Agent(name, answers).Recorded(_recorder);
}
