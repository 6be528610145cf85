namespace AgentTeams.Tests;

public sealed class RowBuilderTests
{
    [Fact]
    public void Build_EqualTokensUnderDifferentConstraints_StayApart()
    {
        using var bandit = new Bandit();
        SamplingConstraints?[] constraints = [null, new() { RepetitionPenalty = 2 }, new() { Supports = [[5, 6]] }, new() { Supports = [[5, 6]] }, null];
        var invocations = constraints.Select((c, i) =>
        {
            var node = Make.Node($"x{i}", "x") with { Tokens = Trace(c) };
            return new InvocationAdvantage(Make.Trajectory($"t{i}", [node]), node, 1, 1);
        });
        var rows = RowBuilder.Build(invocations, bandit.Models, keepZeroAdvantages: false).Single().Value;
        Assert.Equal([null, constraints[1], constraints[2]], rows.Select(r => r.Constraints));
        Assert.Equal([2f, 1f, 2f], rows.Select(r => r.Weights[0]));
    }

    private static TokenTrace Trace(SamplingConstraints? constraints) => new()
    {
        PromptIds = [1], CompletionIds = [5], LogProbs = [-1], Policy = new("m"), WeightsVersion = 0, Temperature = 1, Constraints = constraints,
    };
}
