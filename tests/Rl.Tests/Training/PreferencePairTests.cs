using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class PreferencePairTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    private static Trajectory Run(string id, double reward, params TrajectoryNode[] nodes) => Make.Trajectory(id, nodes, "task", Reward.ForTrajectory("r", reward));

    private static TrajectoryNode Said(string role, string text, string asked = "q", bool inherited = false) =>
        Make.Node(role, role, text: text) with { Input = [new(ChatRole.User, asked)], Inherited = inherited };

    [Fact]
    public void From_RunsOfATask_SetTheBestReplyToAQuestionAgainstTheWorst()
    {
        Trajectory[] runs = [Run("a", 1, Said("x", "good"), Said("y", "ok", "good")), Run("b", 0, Said("x", "bad"), Said("y", "ok", "bad")), Run("c", 0.5, Said("x", "so so"))];
        var pair = Assert.Single(PreferencePair.From(runs));
        Assert.Equal(("x", "good", "bad", 1.0, "task"), (pair.Chosen[0].Role, pair.Chosen[0].Reply, pair.Rejected[0].Reply, pair.Margin, pair.Task));
        Assert.Empty(PreferencePair.From(runs, minMargin: 1.1));
        Assert.Empty(PreferencePair.From(runs, 0.1, "y"));
        Assert.Empty(PreferencePair.From([runs[0], runs[1] with { Status = TrajectoryStatus.Failed }]));
    }

    // In a tree the first reply of a branch is in every leaf below it; "left" won once and lost once, "right" won twice.
    [Fact]
    public void From_ATree_AReplyIsWorthWhatGrewFromIt()
    {
        Trajectory[] runs =
        [
            Run("a", 1, Said("x", "left"), Said("y", "1", "left")), Run("b", 0, Said("x", "left", inherited: true), Said("y", "2", "left")),
            Run("c", 1, Said("x", "right"), Said("y", "1", "right")), Run("d", 1, Said("x", "right", inherited: true), Said("y", "2", "right")),
        ];
        var pairs = PreferencePair.From(runs).ToList();
        Assert.Equal([("x", "right", "left", 0.5), ("y", "1", "2", 1.0)], pairs.Select(p => (p.Chosen[0].Role, p.Chosen[0].Reply, p.Rejected[0].Reply, p.Margin)));
    }

    [Fact]
    public void OfTeams_BestAndWorstRun_HoldAllThatTheyDoNotShare()
    {
        Trajectory[] runs = [Run("a", 1, Said("x", "same"), Said("y", "good", "same")), Run("b", 0.5, Said("x", "other"), Said("y", "ok", "other")), Run("c", 0, Said("x", "same"), Said("y", "bad", "same"), Said("z", "late", "bad"))];
        var pair = Assert.Single(PreferencePair.OfTeams(runs));
        Assert.Equal(["good"], pair.Chosen.Select(e => e.Reply));
        Assert.Equal(["bad", "late"], pair.Rejected.Select(e => e.Reply));
        Assert.Equal(1, pair.Margin);
        Assert.Empty(PreferencePair.OfTeams([runs[0], runs[1] with { Nodes = runs[0].Nodes }]));
        Assert.Empty(PreferencePair.OfTeams(runs, minMargin: 2));
    }

    [Fact]
    public async Task WriteAsync_AnyPair_IsReadBackAndTwoRepliesAreAsOthersReadThem()
    {
        SftExample Told(string reply, int id) => new("x", "q", reply) { Tokens = new([1, 2], [id]), SampledBy = "m" };
        PreferencePair[] pairs =
        [
            new("x", "who?", "me \"é\"", "you") { Margin = 0.5, Task = "t1" }, new([Told("a", 3)], [Told("b", 4)]), new([Told("a", 3)], [new SftExample("x", "q", "b")]),
            new([new("x", "q", "a"), new("y", "p", "c") { Weight = 2 }], [new("x", "q", "b")]) { Task = "t2" },
        ];
        await PreferencePair.WriteAsync(_path, pairs);
        var read = new List<PreferencePair>();
        await foreach (var pair in PreferencePair.ReadAsync(_path)) read.Add(pair);
        Assert.Equal(pairs.Select(p => p.ToLine()), read.Select(p => p.ToLine()));
        var lines = await File.ReadAllLinesAsync(_path);
        Assert.Equal("""{"agent":"x","prompt":[{"role":"user","content":"who?"}],"chosen":[{"role":"assistant","content":"me \"é\""}],"rejected":[{"role":"assistant","content":"you"}],"margin":0.5,"task":"t1"}""", lines[0]);
        Assert.Equal(([1, 2], [4], "m"), (read[1].Rejected[0].Tokens!.PromptIds, read[1].Rejected[0].Tokens!.CompletionIds, read[1].Rejected[0].SampledBy!), new Ids());
        Assert.Equal((3, null, 2f), (read[2].Chosen[0].Tokens!.CompletionIds[0], read[2].Rejected[0].Tokens, read[3].Chosen[1].Weight));
    }

    [Theory]
    [InlineData("{", "is no JSON of a preference")]
    [InlineData("""{"agent":"x","prompt":[],"chosen":[{"content":"a"}],"rejected":[{"content":"b"}]}""", "has no \"agent\", \"prompt\"")]
    [InlineData("""{"agent":"x","prompt":[{"content":"q"}],"chosen":[{"content":"a"}]}""", "has no \"agent\", \"prompt\"")]
    [InlineData("""{"chosen_calls":[{"agent":"x"}],"rejected_calls":[{"agent":"x"}]}""", "has no \"agent\", or no \"messages\"")]
    public async Task ReadAsync_NoSuchPair_NamesTheLine(string line, string problem)
    {
        await File.WriteAllTextAsync(_path, "\n" + line);
        var error = await Assert.ThrowsAsync<AgentTeamsException>(async () => await PreferencePair.ReadAsync(_path).GetAsyncEnumerator().MoveNextAsync());
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains("line 2 of", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void New_SideWithoutAReply_IsRefused() => Assert.Throws<AgentTeamsException>(() => new PreferencePair([new SftExample("x", "q", "a")], []));

    private sealed class Ids : IEqualityComparer<(int[] Prompt, int[] Completion, string Model)>
    {
        public bool Equals((int[] Prompt, int[] Completion, string Model) x, (int[] Prompt, int[] Completion, string Model) y) =>
            x.Prompt.SequenceEqual(y.Prompt) && x.Completion.SequenceEqual(y.Completion) && x.Model == y.Model;

        public int GetHashCode((int[] Prompt, int[] Completion, string Model) ids) => 0;
    }
}
