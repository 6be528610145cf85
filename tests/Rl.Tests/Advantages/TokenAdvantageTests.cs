namespace AgentTeams.Tests;

/// <summary>Estimators that tell the tokens of an invocation apart.</summary>
public sealed class TokenAdvantageTests
{
    private static readonly double[] s_values = [0.1, 0.2, 0.3, 0.4];

    [Fact]
    public void ReinforcePlusPlus_TwoRows_MatchesOracle()
    {
        InvocationReturn[] rows = [Tokens(Make.Return("a", "s", 0, 1), 3), Tokens(Make.Return("b", "s", 0, 0), 2)];
        var estimates = AdvantageBatch.Compute(rows, new ReinforcePlusPlusAdvantage { Gamma = 0.9 }, GroupKey.Group, SampleUnit.Invocation).Rows;
        Make.Near([0.53673, 0.716976, 0.917248], estimates[0].Tokens.Advantages);
        Make.Near([-1.085477, -1.085477], estimates[1].Tokens.Advantages);
    }

    /// <summary>UnityMAS-O whitens roles of a shared model together.</summary>
    [Fact]
    public void ReinforcePlusPlus_TwoRoles_AreWhitenedApart()
    {
        InvocationReturn[] rows = [Make.Return("a", "x", 0, 1), Make.Return("b", "x", 0, 0), Make.Return("a", "y", 0, 100), Make.Return("b", "y", 0, 0)];
        var estimates = Estimates.Advantages(rows, new ReinforcePlusPlusAdvantage());
        Make.Near([.. estimates[..2]], [.. estimates[2..]], 1e-6);
    }

    [Fact]
    public void ReinforcePlusPlusBaseline_TwoGroups_CentresBeforeWhitening()
    {
        InvocationReturn[] rows = [.. Make.Returns("g", "s", 1, 0), .. Make.Returns("h", "s", 11, 10)];
        Make.Near([0.866025, -0.866025, 0.866025, -0.866025], Estimates.Advantages(rows, new ReinforcePlusPlusAdvantage { GroupBaseline = true }));
    }

    [Fact]
    public void ReinforcePlusPlus_KlPenalty_IsDueAtItsOwnToken()
    {
        var row = new AdvantageRow(() => []) { Trajectory = Make.Trajectory("t", []), Node = Tokens(Make.Return("t", "s", 0, 1), 3).Node, Return = 1 - 0.6, Group = 0, Sample = 0, Penalties = [-0.1, -0.2, -0.3] };
        var other = row with { Return = 0, Penalties = [] };
        var estimates = new ReinforcePlusPlusAdvantage { Gamma = 0.5 }.Estimate(new([row, other], []));
        // Returns are 0.7, then 0.35 - 0.2, then 0.075 - 0.1; whitening keeps their distances in proportion.
        double[] a = estimates[0].Advantages;
        Assert.Equal((0.7 - 0.15) / (0.15 + 0.025), (a[2] - a[1]) / (a[1] - a[0]), 1e-9);
    }

    [Theory]
    [InlineData(0.99, 0.95, new[] { 0.77329, 0.718012, 0.6603, 0.6 })]
    [InlineData(1, 1, new[] { 0.9, 0.8, 0.7, 0.6 })]
    [InlineData(1, 0, new[] { 0.1, 0.1, 0.1, 0.6 })]
    public async Task Gae_OneCompletion_MatchesOracle(double gamma, double lambda, double[] expected)
    {
        var row = (await EstimateAsync(new() { Gamma = gamma, Lambda = lambda, Whiten = false }, OneRow(), s_values))[0].Tokens;
        Make.Near(expected, row.Advantages);
        Make.Near([.. expected.Zip(s_values, (a, v) => a + v)], row.Returns);
    }

    [Fact]
    public async Task Gae_Whitened_MatchesOracle() =>
        Make.Near([1.144944, 0.403749, -0.370082, -1.178611], (await EstimateAsync(new() { Gamma = 0.99 }, OneRow(), s_values))[0].Tokens.Advantages);

    /// <summary>What was only observed lies between a role's calls, and older engines bootstrapped across its tokens: 0.77329 there instead of 0.8603.</summary>
    [Fact]
    public async Task Gae_ObservationBetweenTwoCalls_IsSkipped()
    {
        var run = Make.Trajectory("t", [Node("a", "s", 1), Node("other", "o", 2), Node("b", "s", 1)], "g", Reward.ForTrajectory("outcome", 1));
        var returns = new RoleCredit().Assign(run).Where(r => r.Node.Role == "s").ToArray();
        var rows = await EstimateAsync(new() { Gamma = 0.99, Whiten = false }, returns, 0.1, 0.4);
        Make.Near([0.8603, 0.6], [rows[0].Tokens.Advantages[0], rows[1].Tokens.Advantages[0]]);
    }

    [Fact]
    public async Task Gae_RewardsOfScopes_FallDueOnceInEachRolesStream()
    {
        var run = Make.Trajectory("t", [Node("a", "x", 2), Node("b", "y", 1), Node("c", "x", 2, 1)], "g",
            Reward.ForTrajectory("outcome", 1), Reward.ForRole("x", "style", 0.25), Reward.ForTurn(0, "delta", 0.5), Reward.ForNode("c", "format", 0.125));
        var rows = await EstimateAsync(new() { Lambda = 1, Whiten = false }, [.. new RoleCredit().Assign(run)], [.. new double[5]]);
        Make.Near([1.875, 1.875], rows[0].Tokens.Advantages, 1e-12);
        Make.Near([1.5], rows[1].Tokens.Advantages, 1e-12);
        Make.Near([1.375, 1.375], rows[2].Tokens.Advantages, 1e-12);
    }

    [Fact]
    public async Task Gae_RewardOfAPartOfACompletion_FallsDueAtItsToken()
    {
        var run = Make.Trajectory("t", [Node("a", "x", 3)], "g", Reward.ForTokens("a", 1, "step", 0.5), Reward.ForTrajectory("outcome", 1));
        var row = (await EstimateAsync(new() { Lambda = 1, Whiten = false }, [.. new RoleCredit().Assign(run)], 0, 0, 0))[0];
        Make.Near([1.5, 1.5, 1], row.Tokens.Advantages, 1e-12);
    }

    [Fact]
    public void Gae_NoValues_SaysWhereTheyComeFrom() => Assert.Contains("GAE needs a critic",
        Assert.Throws<AgentTeamsException>(() => Estimates.Advantages([Tokens(Make.Return("a", "s", 0, 1), 2)], new GaeAdvantage())).Message, StringComparison.Ordinal);

    [Fact]
    public void Gigpo_SameStateTwice_AddsTheStepToTheEpisode()
    {
        Trajectory Run(string id, double reward) => Make.Trajectory(id, [Make.Node("a", "s"), Make.Node("b", "s", 1) with { Input = [new(Microsoft.Extensions.AI.ChatRole.User, id)] }], "g", Reward.ForTrajectory("outcome", reward));
        InvocationReturn[] rows = [.. new[] { Run("won", 1), Run("lost", 0) }.SelectMany(new RoleCredit().Assign)];
        Make.Near([0.95, 0.5, -0.95, -0.5], Estimates.Advantages(rows, new GigpoAdvantage { Gamma = 0.9 }));
        Make.Near([0.5, 0.5, -0.5, -0.5], Estimates.Advantages(rows, new GigpoAdvantage { StepWeight = 0 }));
    }

    [Fact]
    public void Aligned_TwoPlayers_AddsPastTimesOther()
    {
        InvocationReturn[] rows = [Make.Return("t", "a", 0, 2), Make.Return("t", "b", 0, 3), Make.Return("t", "a", 1, 5), Make.Return("t", "b", 1, 7)];
        var aligned = new AlignedAdvantage { Inner = new RawAdvantage(), Beta = 0.5, Gamma = 0.9 };
        // a in turn 1: 5 + 0.5 * 0.9 * (0.9 * 2) * 7; b: 7 + 0.5 * 0.9 * (0.9 * 3) * 5; nothing came before turn 0.
        Make.Near([2, 3, 10.67, 13.075], Estimates.Advantages(rows, aligned), 1e-9);
        Make.Near([2, 3, 5, 7], Estimates.Advantages(rows, aligned with { Beta = 0 }), 0);
    }

    private static InvocationReturn[] OneRow() => [Tokens(Make.Return("t", "s", 0, 1), 4) is var r ? r with { Trajectory = r.Trajectory with { Nodes = [r.Node], Rewards = [Reward.ForTrajectory("outcome", 1)] } } : null!];

    private static TrajectoryNode Node(string id, string role, int tokens, int turn = 0) => Make.Node(id, role, turn) with { Tokens = Make.Trace(tokens) };

    private static InvocationReturn Tokens(InvocationReturn row, int tokens) => row with { Node = row.Node with { Tokens = Make.Trace(tokens) } };

    private static async Task<IReadOnlyList<InvocationAdvantage>> EstimateAsync(GaeAdvantage estimator, InvocationReturn[] rows, params double[] values)
    {
        using var bandit = new Bandit();
        var options = new RlOptions { Advantage = estimator, Critic = new Says(values) };
        var signals = await InvocationSignals.ReadAsync(rows, bandit.Models, options, null, default);
        return AdvantageBatch.Compute(rows, estimator, GroupKey.Group, SampleUnit.Invocation, signals: signals).Rows;
    }

    private sealed class Says(double[] values) : ICritic
    {
        public Task<IReadOnlyList<IReadOnlyList<double>>> ValuesAsync(IReadOnlyList<InvocationReturn> invocations, CancellationToken cancellationToken = default)
        {
            var at = 0;
            return Task.FromResult<IReadOnlyList<IReadOnlyList<double>>>([.. invocations.Select(i => (IReadOnlyList<double>)values[at..(at += i.Node.Tokens!.CompletionIds.Length)])]);
        }

        public Task<double> LearnAsync(IReadOnlyList<InvocationReturn> invocations, IReadOnlyList<double[]> returns, CancellationToken cancellationToken = default) => Task.FromResult(0.0);
    }
}
