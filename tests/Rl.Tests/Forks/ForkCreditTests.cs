namespace AgentTeams.Tests;

/// <summary>Credit rules that ask what would have been.</summary>
public sealed class ForkCreditTests
{
    private static readonly RewardComposer s_rewards = new RewardComposer().Add(new OutcomeReward(t => t.Nodes[^1].Text.Contains('a', StringComparison.Ordinal) ? 1 : 0));

    private static double Parity(Trajectory t, int node) => t.Nodes[node].Tokens!.CompletionIds[0] % 2;

    [Fact]
    public async Task Counterfactual_RoleThatDecidesNothing_EarnsExactlyNothing()
    {
        using var duo = new Duo(reads: false);
        var runs = await ScoredAsync(duo, new RewardComposer().Add(new OutcomeReward(t => Parity(t, 1))), 8);
        var returns = await new CounterfactualCredit { Twins = 2 }.AssignAsync(new(runs.Runs, duo.Forks, runs.Rewards));
        Assert.All(returns.Where(r => r.Node.Role == "x"), r => Assert.Equal(0, r.Return));
        Assert.Contains(returns, r => r.Node.Role == "y" && r.Return != 0);
        // Every message with its twins sums to nothing: what one earned the others did not.
        Assert.Equal(0, returns.Sum(r => r.Return), 1e-9);
        Assert.Equal(8 * 2 * 3, returns.Count);
    }

    [Fact]
    public async Task ForkCredit_RewardsOfInheritedCalls_CancelOut()
    {
        using var duo = new Duo();
        var rewards = new RewardComposer().Add(new FormatReward("x", _ => true)).Add(new OutcomeReward(_ => 0));
        var (runs, _) = await ScoredAsync(duo, rewards, 4);
        var context = new CreditContext(runs, duo.Forks, rewards);
        // y changes nothing of what x earned by itself, and x is as well formed whatever it says.
        Assert.All(await new CounterfactualCredit().AssignAsync(context), r => Assert.Equal(0, r.Return));
        Assert.All(await new ShapleyCredit().AssignAsync(context), r => Assert.Equal(0, r.Return, 1e-12));
        Assert.All(await new CrossCredit().AssignAsync(context), r => Assert.Equal(1, r.Return, 1e-12));
        // So it is where the run is a branch that inherited x itself.
        var branch = (await rewards.ScoreAsync([await duo.ForkAsync(runs[0], "y", CallChange.Resample, branch: true)]))[0];
        Assert.Empty(branch.Rewards.Where(r => r.Target.NodeId == "x"));
        Assert.Equal([1], await context.WorthAsync([branch]));
        Assert.All(await new CounterfactualCredit().AssignAsync(new([branch], duo.Forks, rewards)), r => Assert.Equal(0, r.Return));
    }

    [Fact]
    public void Assign_RewardOfAToolThatAnInheritedCallAsked_IsTheParents()
    {
        TrajectoryNode[] nodes = [Make.Node("x", "x") with { Inherited = true }, new() { Id = "x/tool-0", Kind = NodeKind.Tool, Name = "look", Parents = ["x"] }, Make.Node("y", "y", 1)];
        var fork = Make.Trajectory("f", nodes, "g", Reward.ForNode("x/tool-0", "found", 1), Reward.ForTrajectory("o", 2));
        Assert.Equal(2, Assert.Single(new RoleCredit().Assign(fork)).Return);
        Assert.Equal(2, Assert.Single(new ReturnToGoCredit().Assign(fork)).Return);
    }

    [Fact]
    public async Task Counterfactual_TwinsNotLearnedFrom_GivesTheRunsOnly()
    {
        using var duo = new Duo();
        var runs = await ScoredAsync(duo, new RewardComposer().Add(new OutcomeReward(t => Parity(t, 1))), 4);
        var returns = await new CounterfactualCredit { LearnFromTwins = false, Roles = ["y"] }.AssignAsync(new(runs.Runs, duo.Forks, runs.Rewards));
        Assert.Equal(runs.Runs.Select(r => r.Id), returns.Select(r => r.Trajectory.Id));
        Assert.All(returns, r => Assert.Contains(r.Return, new double[] { -1, 0, 1 }));
    }

    [Fact]
    public async Task Shapley_TwoRoles_SumToTheReturnAboveTheBaselineTeam()
    {
        using var duo = new Duo(reads: false);
        var runs = await ScoredAsync(duo, new RewardComposer().Add(new OutcomeReward(t => Parity(t, 0) + 2 * Parity(t, 1))), 6);
        var credit = new ShapleyCredit();
        var context = new CreditContext(runs.Runs, duo.Forks, runs.Rewards);
        var returns = await credit.AssignAsync(context);
        foreach (var run in runs.Runs)
        {
            var none = (await context.ForkAsync([new Fork { Parent = run, Roles = new Dictionary<string, CallChange> { ["x"] = CallChange.Resample, ["y"] = CallChange.Resample } }]))[0];
            var own = returns.Where(r => r.Trajectory == run).ToArray();
            Assert.Equal(Value(run) - Value(none), own.Sum(r => r.Return), 1e-9);
            // The roles add up here, so each is worth what it alone changed.
            Assert.Equal(Parity(run, 0) - Parity(none, 0), own[0].Return, 1e-9);
        }

        var sampled = await (credit with { ExactRoles = 1, Orders = 40 }).AssignAsync(context);
        Make.Near([.. returns.Select(r => r.Return)], [.. sampled.Select(r => r.Return)], 1e-9);
    }

    [Fact]
    public async Task Cross_TwoRolesThatDoNotRead_MatchesTheJointReturnsOfTheOracle()
    {
        using var duo = new Duo(reads: false);
        var runs = (await ScoredAsync(duo, s_rewards, 8)).Runs.DistinctBy(r => r.Nodes[0].Text).DistinctBy(r => r.Nodes[1].Text).Take(2).ToArray();
        Assert.Equal(2, runs.Length);
        double[][] joint = [[1, 0], [0.5, 0.5]];
        int Of(Trajectory t, int node) => t.Nodes[node].Text == runs[0].Nodes[node].Text ? 0 : 1;
        var rewards = new RewardComposer().Add(new OutcomeReward(t => joint[Of(t, 0)][Of(t, 1)]));
        var scored = await rewards.ScoreAsync([.. runs.Select(r => r with { Rewards = [] })]);
        var context = new CreditContext(scored, duo.Forks, rewards);
        var returns = await new CrossCredit().AssignAsync(context);
        Assert.Equal(0, context.ForkCalls);
        var (x, y) = (returns.Where(r => r.Node.Role == "x").ToArray(), returns.Where(r => r.Node.Role == "y").ToArray());
        // The mean over the partner's messages: the oracle's sums divided by the two of them.
        Make.Near([0.5, 0.5], [.. x.Select(r => r.Return)], 1e-12);
        Make.Near([0.75, 0.25], [.. y.Select(r => r.Return)], 1e-12);
        Make.Near([1, -1], Estimates.Advantages(y, GrpoAdvantage.Magrpo), 1e-5);
    }

    [Fact]
    public async Task Assign_NobodyToRunForks_SaysSo() => Assert.Contains("nobody can run the team again",
        (await Assert.ThrowsAsync<AgentTeamsException>(async () => await new CounterfactualCredit().AssignAsync(new([Make.Trajectory("t", [Make.Node("x", "x")], "g", Reward.ForTrajectory("o", 1))])))).Message,
        StringComparison.Ordinal);

    private static double Value(Trajectory t) => t.Rewards.Sum(r => r.Weight * r.Value);

    private static async Task<(IReadOnlyList<Trajectory> Runs, RewardComposer Rewards)> ScoredAsync(Duo duo, RewardComposer rewards, int samples) =>
        (await rewards.ScoreAsync(await new RolloutRunner<string>(duo.Tasks.Rollout, t => t).RunAsync(["a"], samples, new SeedKey(3, "rl"))), rewards);
}
