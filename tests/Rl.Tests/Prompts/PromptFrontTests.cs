namespace AgentTeams.Tests;

public sealed class PromptFrontTests
{
    [Fact]
    public void Counts_CandidateThatOthersMakeUnneeded_IsLeftOut()
    {
        // The third is best on the last two tasks, each of which another is best on, too.
        var candidates = Pool([1, 0, 0, 1], [0, 1, 1, 0], [0, 0, 1, 1]);

        Assert.Equal([2, 2, 0], PromptFront.Counts(candidates));
    }

    [Fact]
    public void Counts_EqualCandidates_KeepTheFirst() => Assert.Equal([2, 0, 0], PromptFront.Counts(Pool([1, 1], [1, 1], [1, 1])));

    [Fact]
    public void Draw_ManyTimes_FollowsTheCounts()
    {
        var candidates = Pool([1, 0, 0, 0], [0, 1, 1, 1]);
        var drawn = Enumerable.Range(0, 4000).Count(i => PromptFront.Draw(candidates, new SeedKey(i).ToRandom()).Index == 1);

        Assert.InRange(drawn, 2900, 3100);
    }

    private static PromptCandidate[] Pool(params double[][] scores) => [.. scores.Select((s, i) => new PromptCandidate(i, new(), null, [.. s]))];
}
