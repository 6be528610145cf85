namespace AgentTeams.Tests;

/// <summary>What other systems got wrong, one test each; the numbers are those of reference/traps.md.</summary>
public sealed class TrapTests
{
    private static readonly double[] s_group = [1, 0.5, 0, 0.25];

    /// <summary>verl gives the sample of a group of one its raw reward.</summary>
    [Fact]
    public void Trap01_SingletonGroup_TeachesNothing()
    {
        IAdvantageEstimator[] all = [new GrpoAdvantage(), GrpoAdvantage.DrGrpo, new RlooAdvantage(), new OpoAdvantage(), new GpgAdvantage(), new GigpoAdvantage()];
        Assert.All(all, e => Assert.Equal(0, Estimates.Advantages(Make.Returns(0.7), e)[0]));
    }

    /// <summary>verl's vectorised form floors the variance at 1e-6, so a group that hardly varies differs twenty times from its loop.</summary>
    [Fact]
    public void Trap02_GroupThatHardlyVaries_IsScaledByItsOwnDeviation() =>
        Make.Near([-0.490196, -0.490196, -0.490196, 1.470588], Estimates.Advantages(Make.Returns(1, 1, 1, 1.0001), new GrpoAdvantage()));

    /// <summary>Dr. MAS pads by copies of rows before it takes means and deviations.</summary>
    [Fact]
    public void Trap03_PaddingRows_ShiftNeitherStatisticsNorLoss()
    {
        var rows = s_group.Select(a => Make.Row(1) with { Advantages = [(float)a] }).ToList();
        var padded = LossAggregation.TokenMean.Weigh([.. rows, Make.Row(1) with { Mask = [false], Advantages = [9] }]);
        Assert.Equal(LossAggregation.TokenMean.Weigh(rows).Select(r => r.Weights[0]), padded.Take(4).Select(r => r.Weights[0]));
        Assert.Equal(0, padded[4].Weights[0]);
    }

    /// <summary>Dr. MAS leaves a trajectory's other invocations in the baseline of its own.</summary>
    [Fact]
    public void Trap04_LeaveOneOut_LeavesTheWholeTrajectoryOut() => Make.Near([0.625, -0.375, -0.25, 0], Estimates.Advantages(
        [Make.Return("a", "s", 0, 1), Make.Return("a", "s", 1, 0), Make.Return("b", "s", 0, 0.25), Make.Return("b", "s", 1, 0.5)], new RlooAdvantage()), 1e-12);

    /// <summary>Dr. MAS's ReMax cannot run; Agent Lightning refuses it.</summary>
    [Fact]
    public async Task Trap05_ReMaxWithTwoPolicies_Trains()
    {
        using var bandit = new Bandit(map: ModelMap.Separate("x", "y"));
        var step = await bandit.Trainer(RlOptions.Grpo with { Advantage = new ReMaxAdvantage(), Steps = 1, TasksPerStep = 2, GroupSize = 2 }).TrainAsync().FirstAsync();
        Assert.All(step.Updates.Values, n => Assert.Equal(1, n));
    }

    /// <summary>UnityMAS-O whitens the roles of a shared model together.</summary>
    [Fact]
    public void Trap06_RolesOfOneModel_ShareNoStatistics()
    {
        InvocationReturn[] rows = [.. Make.Returns("g", "small", 0, 1), .. Make.Returns("h", "large", 0, 1000)];
        var advantages = Estimates.Advantages(rows, new ReinforcePlusPlusAdvantage());
        Make.Near([.. advantages[..2]], [.. advantages[2..]]);
    }

    /// <summary>MARTI groups by position in a flat list, which mixes roles and depends on who finished first.</summary>
    [Fact]
    public void Trap07_RowsInTheOrderTheyFinished_FormTheSameGroups()
    {
        InvocationReturn[] rows = [.. Make.Returns("g", "a", 1, 0, 1), .. Make.Returns("h", "b", 5, 7, 6)];
        var straight = Estimates.Advantages(rows, new GrpoAdvantage(), GroupKey.ByRole);
        int[] finished = [4, 0, 3, 1, 5, 2];
        Make.Near([.. finished.Select(i => straight[i])], Estimates.Advantages(finished.Select(i => rows[i]), new GrpoAdvantage(), GroupKey.ByRole), 0);
    }

    /// <summary>MARTI lets the exception of one workflow fail the batch.</summary>
    [Fact]
    public async Task Trap09_OneRunThatBreaks_LeavesTheOthersToLearnFrom()
    {
        using var bandit = new Bandit { Broken = { "a" } };
        var step = await bandit.Trainer(RlOptions.Grpo with { Steps = 1, TasksPerStep = 4, GroupSize = 4 }).TrainAsync().FirstAsync();
        Assert.Equal((4.0, 12.0), (step.Metrics["rollouts/failed"], step.Metrics["x/rows"]));
    }

    /// <summary>CoMLRL scores one token less than it sampled, so that the end of a reply is never learned.</summary>
    [Fact]
    public async Task Trap10_EndOfSequence_IsARowsLastTokenAndHasAnAdvantage()
    {
        using var bandit = new Bandit();
        var end = bandit.Models.Models.OfType<LocalLanguageModel>().Single().Config.EndOfSequenceId;
        var runs = new List<Trajectory>();
        for (var i = 0; i < 400 && runs.Count < 2; i++)
        {
            var run = await bandit.RolloutAsync("a", new SeedKey(i), default) with { Id = $"t{i}" };
            if (run.Nodes[0].Tokens!.CompletionIds[^1] == end) runs.Add(run with { Rewards = [Reward.ForTrajectory("o", runs.Count)] });
        }

        var rows = (await RlRows.FromAsync(bandit.Models, runs, RlOptions.Grpo)).Single().Value.Where(r => r.NodeId == "x");
        Assert.All(rows, r => Assert.Equal((end, true), (r.CompletionIds[^1], r.Advantages[^1] != 0 && r.Weights[^1] > 0)));
    }

    /// <summary>CoMLRL samples at temperature 0.6 and scores at 1; TRL did the like twice.</summary>
    [Fact]
    public async Task Trap11_TemperatureOfTheSample_IsThatOfItsRow()
    {
        using var duo = new Duo();
        var run = await duo.RunAsync();
        var hot = run.Nodes[0].Tokens! with { Temperature = 0.6f };
        Assert.Equal(0.6f, RlRows.Of(run, run.Nodes[0] with { Tokens = hot })!.Temperature);
        var scores = await duo.Models.GetModel(new("m")).ScoreAsync(new("m"), [RlRows.Of(run, run.Nodes[0])!]);
        Make.Near([.. run.Nodes[0].Tokens!.LogProbs.Select(p => (double)p)], [.. scores[0].LogProbs.Select(p => (double)p)], 1e-5);
    }

    /// <summary>CoMLRL puts 0.1 in the place of a loss that is not a number.</summary>
    [Fact]
    public void Trap12_LossThatIsNotANumber_IsRefusedByName()
    {
        var row = Make.Row(1) with { Advantages = [1], BehaviorLogProbs = [float.NaN] };
        Assert.Equal("solver", Assert.Throws<NonFiniteLossException>(() => new FiniteLoss(new PolicyGradientLoss()).Evaluate([row], [new([-1], [0], [])], [Make.Gradient(1)])).Role);
    }

    /// <summary>Agent Lightning drops rows before it compares, until groups are of one; and keeps rewards in bfloat16.</summary>
    [Fact]
    public async Task Trap13_EveryRowIsCompared_WithItsRewardToTheLastBit()
    {
        using var bandit = new Bandit();
        var runs = new List<Trajectory>();
        foreach (var (i, value) in s_group.Index()) runs.Add(await bandit.RolloutAsync("a", new SeedKey(i), default) with { Id = $"t{i}", Rewards = [Reward.ForTrajectory("o", value == 0 ? 0.1 : value)] });
        var rows = (await RlRows.FromAsync(bandit.Models, runs, RlOptions.Grpo with { Advantage = new RawAdvantage() })).Single().Value;
        Assert.Equal(8, rows.Count);
        Assert.Equal(4, rows.Count(r => r.NodeId == "y"));
        Assert.Contains(rows, r => r.Advantages[0] == 0.1f);
    }

    /// <summary>Normalising the rewards of each turn index teaches a policy that decides when to stop to stop at once. The numbers are exact: every outcome of four runs counts with its probability.</summary>
    [Theory]
    [InlineData(0.5, 1, 0.25)]
    [InlineData(0.3, 2, 0.42)]
    public void Trap15_PolicyDecidesWhenToStop_LeaveOneOutIsUnbiasedAndTurnwiseIsNot(double p, double c, double truth)
    {
        Assert.Equal(truth, ExpectedGradient(new RlooAdvantage(), p, c), 1e-9);
        Assert.Equal(0, ExpectedGradient(new TurnNormalizedAdvantage(), p, c), 1e-9);
    }

    private static double ExpectedGradient(IAdvantageEstimator estimator, double p, double c)
    {
        var sum = 0.0;
        for (var outcome = 0; outcome < 16; outcome++)
        {
            bool[] goes = [.. Enumerable.Range(0, 4).Select(i => (outcome >> i & 1) == 1)];
            Trajectory[] runs = [.. goes.Select((g, i) => g
                ? Make.Trajectory($"t{i}", [Make.Node("s0", "s"), Make.Node("s1", "s", 1)], "g", Reward.ForTurn(1, "pay", c))
                : Make.Trajectory($"t{i}", [Make.Node("s0", "s")], "g", Reward.ForTurn(0, "pay", 0)))];
            var returns = runs.SelectMany(new ReturnToGoCredit().Assign).ToArray();
            var advantages = Estimates.Advantages(returns, estimator, GroupKey.ByRoleAndTurn);
            var gradient = returns.Zip(advantages).Where(r => r.First.Node.Turn == 0).Average(r => r.Second * ((goes[r.First.Trajectory.Id[1] - '0'] ? 1 : 0) - p));
            sum += goes.Aggregate(1.0, (product, g) => product * (g ? p : 1 - p)) * gradient;
        }

        return sum;
    }
}
