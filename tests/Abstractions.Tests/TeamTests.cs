namespace AgentTeams.Tests;

public sealed class TeamTests
{
    private static Role Named(string name) => new() { Name = name };

    [Fact]
    public void Constructor_RoleThatIsNotTrainableOnATrainedPolicy_IsRefused()
    {
        Role[] roles = [new Role { Name = "solver" }, new Role { Name = "judge", Trainable = false }];
        var error = Assert.Throws<AgentTeamsException>(() => new Team("t", roles, ModelMap.Full("m", "solver", "judge")));
        Assert.Contains("The role 'judge' is not trainable but speaks through 'm', which training the role 'solver' changes", error.Message, StringComparison.Ordinal);
        Assert.Equal([new PolicyId("m", "solver")], new Team("t", roles, ModelMap.Adapters("m", "solver", "judge")).TrainablePolicies);
    }

    [Fact]
    public void Team_RoleWithoutModel_NamesTheRole()
    {
        var error = Assert.Throws<AgentTeamsException>(() =>
            new Team("t", [Named("planner"), Named("coder")], ModelMap.Full("base", "planner")));
        Assert.Contains("'coder'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Team_SeveralProblems_ReportsAllAtOnce()
    {
        var error = Assert.Throws<AgentTeamsException>(() =>
            new Team("t", [Named("a"), Named("a")], ModelMap.Full("base", "a", "ghost")));
        Assert.Contains("'a' is used 2 times", error.Message, StringComparison.Ordinal);
        Assert.Contains("'ghost'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Team_TrainableRoleOnFrozenModel_IsRefused()
    {
        var error = Assert.Throws<AgentTeamsException>(() => new Team("t", [Named("judge")], ModelMap.Frozen("gpt", "judge")));
        Assert.Contains("'judge'", error.Message, StringComparison.Ordinal);
        Assert.Contains("frozen", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TrainablePolicies_EachMapping_AreTheDistinctPolicies()
    {
        Role[] roles = [Named("a"), Named("b"), Named("c")];
        string[] names = ["a", "b", "c"];
        Assert.Single(new Team("t", roles, ModelMap.Full("m", names)).TrainablePolicies);
        Assert.Equal(3, new Team("t", roles, ModelMap.Separate(names)).TrainablePolicies.Count);
        Assert.Equal(3, new Team("t", roles, ModelMap.Adapters("m", names)).TrainablePolicies.Count);
        var partial = ModelMap.Partial(new Dictionary<string, IReadOnlyList<string>> { ["x"] = ["a", "b"], ["y"] = ["c"] });
        Assert.Equal([new PolicyId("x"), new PolicyId("y")], new Team("t", roles, partial).TrainablePolicies);
    }

    [Fact]
    public void TrainablePolicies_RoleOfAFrozenModel_IsLeftOut()
    {
        Role[] roles = [Named("a"), new Role { Name = "judge", Trainable = false }];
        var team = new Team("t", roles, ModelMap.Full("m", "a").WithFrozen("gpt", "judge"));
        Assert.Equal([new PolicyId("m")], team.TrainablePolicies);
    }

    [Fact]
    public void WithFrozen_ModelIsTrainedByAnotherRole_IsRefused()
    {
        var error = Assert.Throws<AgentTeamsException>(() => ModelMap.Full("m", "a", "b").WithFrozen("m", "b"));
        Assert.Contains("'a'", error.Message, StringComparison.Ordinal);
        Assert.Throws<AgentTeamsException>(() => ModelMap.Adapters("m", "a").WithFrozen("m", "b"));
        Assert.Throws<AgentTeamsException>(() => ModelMap.Full("m", "a").WithFrozen("gpt", "no/name"));
        Assert.True(ModelMap.Full("m", "a", "b").WithFrozen("m", "a", "b").IsFrozen("b"));
        Assert.True(ModelMap.Full("m", "a").WithFrozen("gpt", "b").WithFrozen("gpt", "c").IsFrozen("c"));
        Assert.False(ModelMap.Full("m", "a").WithFrozen("gpt", "b").IsFrozen("a"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("plan/ner")]
    public void Team_RoleOfMalformedName_IsRefused(string name) => Assert.Contains("The role name ",
        Assert.Throws<AgentTeamsException>(() => new Team("t", [Named(name)], ModelMap.Full("m", "a"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(-0.5f)]
    [InlineData(2.5f)]
    [InlineData(float.NaN)]
    public void Team_TemperatureOutOfRange_IsRefused(float temperature) => Assert.Contains(
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Role 'a': Options.Temperature is {temperature}; give a number from 0 to 2."),
        Assert.Throws<AgentTeamsException>(() => new Team("t", [Named("a") with { Options = new() { Temperature = temperature } }], ModelMap.Full("m", "a"))).Message, StringComparison.Ordinal);
}
