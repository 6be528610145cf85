using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class PromptEvolutionTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task RunAsync_KnownBestInstructions_AreFoundWithinThirtyProposals(long seed)
    {
        var team = new ObedientTeam();
        var steps = await RunAsync(team, ObedientTeam.Expert(), seed);

        Assert.InRange(steps.FindIndex(s => s.Committed.Mean == 1), 0, 29);
        Assert.All(ObedientTeam.Needed, n => Assert.Contains(n.Phrase, steps[^1].Committed.Prompts.Instructions[n.Role], StringComparison.Ordinal));
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
    public async Task RunAsync_WriterWhoGuesses_NeverCommitsWhatIsWorse(long seed)
    {
        var team = new ObedientTeam();
        var start = PromptSet.Of(team.Team.Roles);
        var steps = await RunAsync(team, ObedientTeam.Writer(seed), seed);
        var best = await MeanAsync(team, start);
        var atFirst = best;

        Assert.Contains(steps, s => s.Outcome == PromptOutcome.NotBetter);
        foreach (var step in steps)
        {
            var mean = await MeanAsync(team, step.Committed.Prompts);
            Assert.Equal(step.Committed.Mean, mean, 1e-12);
            Assert.Equal(step.Outcome == PromptOutcome.Committed, mean > best);
            Assert.False(mean < best);
            best = mean;
        }

        Assert.True(best > atFirst);
    }

    [Fact]
    public async Task RunAsync_ResumedAfterAnyStep_GoesOnAsIfItHadNotStopped()
    {
        var whole = await RunAsync(new(), ObedientTeam.Expert(), 3);
        for (var stop = 0; stop < whole.Count - 1; stop += 4)
        {
            var team = new ObedientTeam();
            var state = JsonElement.Parse(whole[stop].State.GetRawText());
            var rest = await new PromptEvolution(team.Adapter, ObedientTeam.Expert(), team.Options with { Seed = 3 }).RunAsync(PromptSet.Of(team.Team.Roles), state).ToListAsync();

            Assert.Equal(whole.Skip(stop + 1).Select(Told), rest.Select(Told));
        }

        static string Told(PromptStep s) => $"{s.Step} {s.Outcome} {s.Parent.Index} {s.Text} {s.Before} {s.After} {s.Committed.Prompts.Version} {s.State}";
    }

    [Fact]
    public async Task RunAsync_Proposal_IsMadeFromCallsAndFeedbackOfTheWorstRunsAndRecorded()
    {
        var team = new ObedientTeam();
        var writer = ObedientTeam.Expert();
        var step = (await new PromptEvolution(team.Adapter, writer, team.Options with { Proposals = 1, Components = [PromptComponent.Instructions("coder")] })
            .RunAsync(PromptSet.Of(team.Team.Roles)).ToListAsync())[0];

        var asked = writer.Calls.Single().Messages;
        Assert.StartsWith("You improve the instructions", asked[0].Text, StringComparison.Ordinal);
        Assert.Contains("The instructions of 'coder':\n```\nCode.\n```", asked[1].Text, StringComparison.Ordinal);
        Assert.Contains("outcome: ", asked[1].Text, StringComparison.Ordinal);
        Assert.Contains("It was a ", asked[1].Text, StringComparison.Ordinal);
        Assert.DoesNotContain("You improve", asked[1].Text, StringComparison.Ordinal);
        Assert.Equal("proposer", step.Proposal!.Nodes.Single().Role);
        Assert.Equal("Code. Write digits only.", step.Text);
        Assert.All(step.Trajectories.Skip(step.Trajectories.Count / 2).SelectMany(t => t.Nodes).Where(n => n.Role == "coder"), n => Assert.Equal(step.Text, n.Input[0].Text));
    }

    [Fact]
    public async Task RunAsync_RepliesWithoutATextOrWithAKnownOne_ProposeNothing()
    {
        var team = new ObedientTeam();
        string[] replies = ["```\n```", "``` \n  Plan.\n```", "", "```text\nCode.\n```"];
        var writer = new ScriptedChatClient(call => ScriptedReply.Say(replies[call.Index % replies.Length]));
        var steps = await new PromptEvolution(team.Adapter, writer, team.Options with { Proposals = 4, Components = [PromptComponent.Instructions("planner"), PromptComponent.Instructions("planner"), PromptComponent.Instructions("planner"), PromptComponent.Instructions("coder")] })
            .RunAsync(PromptSet.Of(team.Team.Roles)).ToListAsync();

        Assert.All(steps, s => Assert.Equal((PromptOutcome.NothingNew, (double?)null), (s.Outcome, s.After)));
    }

    [Fact]
    public async Task RunAsync_PerfectRuns_AskNobody()
    {
        var team = new ObedientTeam();
        var perfect = ObedientTeam.Needed.GroupBy(n => n.Role).Aggregate(PromptSet.Of(team.Team.Roles), (p, g) => p.With(PromptComponent.Instructions(g.Key), p[PromptComponent.Instructions(g.Key)] + " " + string.Join(' ', g.Select(n => n.Phrase))));
        var writer = ObedientTeam.Expert();
        var steps = await new PromptEvolution(team.Adapter, writer, team.Options with { Proposals = 2, PerfectScore = 1 }).RunAsync(perfect).ToListAsync();

        Assert.All(steps, s => Assert.Equal(PromptOutcome.Skipped, s.Outcome));
        Assert.Empty(writer.Calls);
    }

    [Fact]
    public async Task RunAsync_BrokenModel_ThrowsAndKeepsWhatWasTold()
    {
        var team = new ObedientTeam();
        var writer = new ScriptedChatClient(call => call.Index < 2 ? ScriptedReply.Say($"```\nPlan. {call.Index}\n```") : throw new HttpRequestException("gone"));
        var told = new List<PromptStep>();
        var error = await Assert.ThrowsAsync<AgentTeamsException>(async () =>
        {
            await foreach (var step in new PromptEvolution(team.Adapter, writer, team.Options).RunAsync(PromptSet.Of(team.Team.Roles))) told.Add(step);
        });

        Assert.Contains("gone", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, told.Count);
    }

    [Fact]
    public void Create_OptionsThatCannotBe_AreAllNamed()
    {
        var team = new ObedientTeam();
        var options = team.Options with { Tasks = [.. team.Tasks.Tasks], MinibatchSize = 0, Components = [] };

        var error = Assert.Throws<AgentTeamsException>(() => new PromptEvolution(team.Adapter, ObedientTeam.Expert(), options));

        Assert.Contains("is in Tasks and in Validation", error.Message, StringComparison.Ordinal);
        Assert.Contains("MinibatchSize", error.Message, StringComparison.Ordinal);
        Assert.Contains("Components is empty", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_StateOfAnotherSeed_IsRefused()
    {
        var team = new ObedientTeam();
        var step = (await RunAsync(team, ObedientTeam.Expert(), 1))[0];

        var error = await Assert.ThrowsAsync<AgentTeamsException>(async () =>
            await new PromptEvolution(team.Adapter, ObedientTeam.Expert(), team.Options with { Seed = 2 }).RunAsync(PromptSet.Of(team.Team.Roles), step.State).ToListAsync());

        Assert.Contains("another seed", error.Message, StringComparison.Ordinal);
    }

    private static async Task<List<PromptStep>> RunAsync(ObedientTeam team, IChatClient writer, long seed) =>
        await new PromptEvolution(team.Adapter, writer, team.Options with { Seed = seed }).RunAsync(PromptSet.Of(team.Team.Roles)).ToListAsync();

    private static async Task<double> MeanAsync(ObedientTeam team, PromptSet prompts) =>
        (await team.Adapter.EvaluateAsync(prompts, team.Options.Validation, new(9))).Average(t => t.Score);
}
