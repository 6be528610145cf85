namespace AgentTeams.Tests;

/// <summary>Estimators that differ in what they compare with; numbers of one group of returns 1, 0.5, 0, 0.25.</summary>
public sealed class BaselineAdvantageTests
{
    private static readonly InvocationReturn[] s_group = Make.Returns(1, 0.5, 0, 0.25);

    public static TheoryData<IAdvantageEstimator, double[]> Oracles => new()
    {
        { new RawAdvantage(), [1, 0.5, 0, 0.25] },
        { new MaxBaselineAdvantage(), [0, -0.5, -1, -0.75] },
        { new PassAtKAdvantage(), [1.171077, 0, 0, 0] },
        { new PassAtKAdvantage { Normalize = false }, [0.5, 0, 0, 0] },
        { new GpgAdvantage(), [0.75, 0.083333, -0.583333, -0.25] },
    };

    [Theory]
    [MemberData(nameof(Oracles))]
    public void Estimate_OneGroup_MatchesOracle(IAdvantageEstimator estimator, double[] expected) => Make.Near(expected, Estimates.Advantages(s_group, estimator));

    [Fact]
    public void Opo_LengthsOfCompletions_WeighTheBaseline()
    {
        int[] lengths = [10, 20, 5, 5];
        var rows = s_group.Select((r, i) => r with { Node = r.Node with { Tokens = Make.Trace(lengths[i]) } });
        Make.Near([0.46875, -0.03125, -0.53125, -0.28125], Estimates.Advantages(rows, new OpoAdvantage()));
    }

    [Fact]
    public void ReMax_GreedyReturn_IsTakenOff()
    {
        var batch = AdvantageBatch.Compute(s_group, new ReMaxAdvantage(), GroupKey.Group, SampleUnit.Invocation, [Make.Return("greedy", "solver", 0, 0.4)]);
        Make.Near([0.6, 0.1, -0.4, -0.15], [.. batch.Rows.Select(r => r.Tokens.Advantages[0])]);
    }

    [Fact]
    public void ReMax_NoGreedyRollout_SaysWhatIsMissing() =>
        Assert.Contains("has none in which the same part was played", Assert.Throws<AgentTeamsException>(() => Estimates.Advantages(s_group, new ReMaxAdvantage())).Message, StringComparison.Ordinal);

    /// <summary>verl's GRPO gives a single sample its raw reward; here there is nothing to compare it with.</summary>
    [Fact]
    public void Estimate_SingletonAndEqualGroups_AreExactlyZero()
    {
        foreach (IAdvantageEstimator estimator in new IAdvantageEstimator[] { new MaxBaselineAdvantage(), new PassAtKAdvantage(), new GpgAdvantage(), new OpoAdvantage(), new GigpoAdvantage(), new ReinforcePlusPlusAdvantage { GroupBaseline = true } })
        {
            Assert.All(Estimates.Advantages(Make.Returns(0.7), estimator), a => Assert.Equal(0, a));
            Assert.All(Estimates.Advantages(Make.Returns(0.3, 0.3, 0.3), estimator), a => Assert.Equal(0, a));
        }
    }

    [Fact]
    public void Estimate_RowsInAnotherOrder_ChangesNoBit()
    {
        var random = new Random(4);
        InvocationReturn[] rows = [.. Enumerable.Range(0, 12).Select(i => Make.Return($"t{i}", "s", 0, random.NextDouble(), $"g{i / 4}") is var r ? r with { Node = r.Node with { Tokens = Make.Trace(1 + i % 3) } } : null!)];
        IAdvantageEstimator[] all = [new RawAdvantage(), new MaxBaselineAdvantage(), new OpoAdvantage(), new GpgAdvantage(), new PassAtKAdvantage(), new GigpoAdvantage(), new ReinforcePlusPlusAdvantage { Gamma = 0.9 }, new AlignedAdvantage()];
        foreach (var estimator in all)
        {
            var straight = rows.Zip(Estimates.Advantages(rows, estimator)).ToDictionary(p => p.First.Trajectory.Id, p => p.Second);
            var order = rows.ToArray();
            random.Shuffle(order);
            Assert.All(order.Zip(Estimates.Advantages(order, estimator)), p => Assert.Equal(straight[p.First.Trajectory.Id], p.Second));
        }
    }
}
