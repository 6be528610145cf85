namespace AgentTeams.Tests;

public sealed class RowBuilderTests
{
    [Fact]
    public void Build_EqualInvocations_GiveARowEach()
    {
        using var bandit = new Bandit();
        SamplingConstraints?[] constraints = [null, new() { RepetitionPenalty = 2 }, null];
        var invocations = constraints.Select((c, i) => Invocation($"t{i}", Trace(c), advantage: i));
        var rows = RowBuilder.Build(invocations, bandit.Models).Single().Value;
        Assert.Equal(constraints, rows.Select(r => r.Constraints));
        Assert.Equal([0f, 1f, 2f], rows.Select(r => r.Advantages[0]));
        Assert.Equal(["t0", "t1", "t2"], rows.Select(r => r.TrajectoryId));
    }

    [Fact]
    public void Build_SampledFromAPolicyThatIsNotTrained_NamesIt()
    {
        using var bandit = new Bandit();
        var error = Assert.Throws<AgentTeamsException>(() => RowBuilder.Build([Invocation("t", Trace(null) with { Policy = new("m", "old") }, 1)], bandit.Models));
        Assert.Contains("'m+old', which is not trained here", error.Message, StringComparison.Ordinal);
    }

    private static InvocationAdvantage Invocation(string trajectory, TokenTrace trace, double advantage)
    {
        var node = Make.Node("x", "x") with { Tokens = trace };
        return new(Make.Trajectory(trajectory, [node]), node, 1, TokenAdvantages.Same(advantage, 1), []);
    }

    private static TokenTrace Trace(SamplingConstraints? constraints) => new()
    {
        PromptIds = [1], CompletionIds = [5], LogProbs = [-1], Policy = new("m"), WeightsVersion = 0, Temperature = 1, Constraints = constraints,
    };
}
