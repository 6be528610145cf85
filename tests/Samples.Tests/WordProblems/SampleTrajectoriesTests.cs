using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Samples.Tests.WordProblems;

public sealed class SampleTrajectoriesTests
{
    [Fact]
    public void Choose_AllKindsPresent_ShowsOneOfEach()
    {
        var before = MadeUp.Evaluation(MadeUp.Run("a", 42), MadeUp.Run("b", 1), MadeUp.Run("c", 42), MadeUp.Run("d", 1));
        var after = MadeUp.Evaluation(MadeUp.Run("a", 42), MadeUp.Run("b", 42), MadeUp.Run("c", 1, 42), MadeUp.Run("d", 2));

        var chosen = SampleTrajectories.Choose(before, after);

        Assert.Equal(
            [(SampleTrajectories.Improved, "b"), (SampleTrajectories.HelpedByRetry, "c"), (SampleTrajectories.StillWrong, "d")],
            chosen.Select(c => (c.Title, c.Problem.Id)));
    }

    [Fact]
    public void Choose_OnlyImprovementNeededARetry_IsShownAsImproved()
    {
        var chosen = SampleTrajectories.Choose(MadeUp.Evaluation(MadeUp.Run("a", 1)), MadeUp.Evaluation(MadeUp.Run("a", 1, 42)));

        Assert.Equal(SampleTrajectories.Improved, Assert.Single(chosen).Title);
    }

    [Fact]
    public void Choose_NothingFails_FillsUpWithOthers()
    {
        var runs = MadeUp.Evaluation([.. "abcd".Select(c => MadeUp.Run(c.ToString(), 42))]);

        var chosen = SampleTrajectories.Choose(runs, runs);

        Assert.Equal(["a", "b", "c"], chosen.Select(c => c.Problem.Id));
        Assert.All(chosen, c => Assert.Equal(SampleTrajectories.Other, c.Title));
    }

    [Fact]
    public void Choose_FirstValueWasRight_RetryDidNotHelp()
    {
        var runs = MadeUp.Evaluation(MadeUp.Run("a", 42, 42));

        Assert.Equal(SampleTrajectories.Other, Assert.Single(SampleTrajectories.Choose(runs, runs)).Title);
    }

    [Fact]
    public void Choose_OrdersDiffer_PairsByProblem()
    {
        var before = MadeUp.Evaluation(MadeUp.Run("b", 42), MadeUp.Run("a", 1));
        var after = MadeUp.Evaluation(MadeUp.Run("a", 42), MadeUp.Run("c", 42), MadeUp.Run("b", 42));

        Assert.All(SampleTrajectories.Choose(before, after), c => Assert.Equal(c.Before.Problem.Id, c.After.Problem.Id));
    }
}
