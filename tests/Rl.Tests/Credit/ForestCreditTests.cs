namespace AgentTeams.Tests;

/// <summary>Credit rules that look at more than one trajectory, without running anything.</summary>
public sealed class ForestCreditTests
{
    [Fact]
    public async Task TreeBackup_RewardsOfInheritedCalls_CountInEveryRunBehindThem()
    {
        TrajectoryNode x = Make.Node("x", "x"), y = Make.Node("y", "y", 1);
        var root = Make.Trajectory("root", [x, y], "g", Reward.ForNode("x", "format", 1), Reward.ForTurn(1, "step", 2), Reward.ForTrajectory("o", 0));
        var fork = Make.Trajectory("fork", [x with { Inherited = true }, y], "g", Reward.ForTurn(1, "step", 4), Reward.ForTrajectory("o", 0)) with { ParentId = "root", ForkNodeId = "x" };
        var returns = await new TreeBackupCredit().AssignAsync(new([root, fork]));
        // x earned its own reward whichever way the run went on.
        Make.Near([1 + (2 + 4) / 2.0, 2, 4], [.. returns.Select(r => r.Return)], 1e-12);
    }

    [Fact]
    public async Task TreeBackup_TwoByTwo_MatchesMagrposTree()
    {
        Trajectory[] forest =
        [
            Run("a", 0.2, 1), Branch("a2", "a", 0.2, 0),
            Run("b", 0.6, 0.5), Branch("b2", "b", 0.6, 0.9),
        ];
        var returns = await new TreeBackupCredit { Gamma = 0.9 }.AssignAsync(new(forest));
        Make.Near([0.65, 1, 0, 1.23, 0.5, 0.9], [.. returns.Select(r => r.Return)], 1e-12);
        var roots = returns.Where(r => r.Node.Turn == 0).ToArray();
        Make.Near([-0.29, 0.29], Estimates.Advantages(roots, GrpoAdvantage.DrGrpo), 1e-12);
        Make.Near([-1, 1], Estimates.Advantages(roots, GrpoAdvantage.Magrpo), 1e-12);
        // Siblings read the same; what stands in other branches read something else.
        var leaves = returns.Where(r => r.Node.Turn == 1).ToArray();
        Make.Near([0.5, -0.5, -0.2, 0.2], Estimates.Advantages(leaves, GrpoAdvantage.DrGrpo, GroupKey.Group | GroupKey.Context), 1e-12);
    }

    [Fact]
    public async Task TreeBackup_Max_TakesTheBestRunBehindAnInvocation()
    {
        var returns = await new TreeBackupCredit { Max = true }.AssignAsync(new([Run("a", 0, 0.25), Branch("a2", "a", 0, 1)]));
        Make.Near([1, 0.25, 1], [.. returns.Select(r => r.Return)], 0);
    }

    [Fact]
    public async Task TreeBackup_NoForks_IsReturnToGo()
    {
        Trajectory[] chains = [Run("a", 0.2, 1), Run("b", 0.6, 0.5)];
        Make.Near([.. chains.SelectMany(new ReturnToGoCredit(0.9).Assign).Select(r => r.Return)], [.. (await new TreeBackupCredit { Gamma = 0.9 }.AssignAsync(new(chains))).Select(r => r.Return)], 0);
    }

    [Theory]
    [InlineData(RankWeight.Softmax, 0.858149, 0.141851)]
    [InlineData(RankWeight.Clipped, 1, 0)]
    [InlineData(RankWeight.Ndcg, 0.574639, 0.425361)]
    public void RankConsistency_Weights_MatchOracle(RankWeight weight, double first, double second) =>
        Make.Near([first, second], new RankConsistencyCredit { Weight = weight }.WeightsOf([[0.2, 0.9, 0.5, 0.7], [0.6, 0.1, 0.8, 0.3]], [0.1, 1, 0.4, 0.8]));

    [Fact]
    public async Task RankConsistency_TwoRoles_AddTheWeighedOutcome()
    {
        double[] one = [0.2, 0.9, 0.5, 0.7], two = [0.6, 0.1, 0.8, 0.3], all = [0.1, 1, 0.4, 0.8];
        var group = Enumerable.Range(0, 4).Select(i => Make.Trajectory($"t{i}", [Make.Node("a", "one"), Make.Node("b", "two")], "g",
            Reward.ForRole("one", "own", one[i]), Reward.ForRole("two", "own", two[i]), Reward.ForTrajectory("outcome", all[i]))).ToArray();
        var returns = await new RankConsistencyCredit().AssignAsync(new(group));
        Make.Near([0.285815, 1.758149, 0.84326, 1.386519], [.. returns.Where(r => r.Node.Role == "one").Select(r => r.Return)]);
        Make.Near([0.614185, 0.241851, 0.85674, 0.413481], [.. returns.Where(r => r.Node.Role == "two").Select(r => r.Return)]);
    }

    [Fact]
    public void RankConsistency_NothingVaries_HasNoCorrelation() =>
        Make.Near([0.5, 0.5], new RankConsistencyCredit().WeightsOf([[1, 1, 1], [0, 0, 0]], [0.1, 0.5, 0.2]), 1e-12);

    [Fact]
    public void Importance_Ratings_FlowBackAlongTheGraph()
    {
        TrajectoryNode[] nodes =
        [
            Make.Node("a", "a"), Make.Node("b", "b"), Make.Node("c", "c") with { Parents = ["a", "b"] },
        ];
        Trajectory Rated(params Reward[] ratings) => Make.Trajectory("t", nodes, "g", [Reward.ForTrajectory("outcome", 2), .. ratings]);
        double[] Of(Trajectory t) => [.. new ImportanceCredit().Assign(t).Select(r => r.Return)];
        Make.Near([1, 1, 2], Of(Rated()), 1e-12);
        Make.Near([1.5, 0.5, 2], Of(Rated(Reward.ForNode("a", "rating", 3), Reward.ForNode("b", "rating", 1))), 1e-12);
    }

    private static Trajectory Run(string id, double first, double second) =>
        Make.Trajectory(id, [Make.Node("x", "x"), Make.Node("y", "x", 1) with { Input = [new(Microsoft.Extensions.AI.ChatRole.User, $"after {id[0]}")] }], "g", Reward.ForTurn(0, "r", first), Reward.ForTurn(1, "r", second));

    private static Trajectory Branch(string id, string parent, double first, double second)
    {
        var run = Run(id, first, second);
        return run with { ParentId = parent, ForkNodeId = "x", Nodes = [run.Nodes[0] with { Inherited = true }, run.Nodes[1]] };
    }
}
