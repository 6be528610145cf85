using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Forks of runs in which calls happen at the same time, are asked the same, failed validation, or were made by others.</summary>
public sealed class ForkOrderTests
{
    [Fact]
    public async Task RunAsync_EqualCallsInAnotherOrder_ChangesTheOneThatWasMeant()
    {
        using var crew = new Crew("x", "x", "x");
        var parent = await crew.RunAsync();
        Assert.True(parent.Nodes.DistinctBy(n => n.Text).Count() > 1);
        foreach (var order in new int[][] { [0, 1, 2], [2, 1, 0], [1, 2, 0] })
        {
            crew.Order = order;
            var twin = await crew.ForkAsync(parent, "n1", isBranch: false);
            Assert.Equal([true, false, true], twin.Nodes.Select(n => n.Inherited));
            Assert.Equal((parent.Nodes[0].Text, parent.Nodes[2].Text), (twin.Nodes[0].Text, twin.Nodes[2].Text));
        }
    }

    [Fact]
    public async Task RunAsync_BranchInAnotherOrder_DrawsTheSameCallsAnew()
    {
        using var crew = new Crew("x", "y");
        var parent = await crew.RunAsync();
        var first = await crew.ForkAsync(parent, "n0", isBranch: true);
        crew.Order = [1, 0];
        var second = await crew.ForkAsync(parent, "n0", isBranch: true);
        Assert.Equal([false, false], first.Nodes.Select(n => n.Inherited));
        Assert.Equal(first.Nodes.Select(n => (n.Text, n.Inherited)), second.Nodes.Select(n => (n.Text, n.Inherited)));
    }

    [Fact]
    public async Task RunAsync_ParentWithRejectedAnswers_InheritsThemToo()
    {
        using var bandit = new Bandit();
        var draft = Workflow.CreateBuilder<Duo.State>("strict");
        var x = draft.AddRole(bandit.Models.Team["x"], s => s.Task, (s, reply) => s with { X = reply.Text },
            (_, reply) => TokenTrace.Of(reply)!.CompletionIds[0] % 4 == 0 ? null : "Say it otherwise.", new() { MaxAnswers = 12 });
        var y = draft.AddRole(bandit.Models.Team["y"], s => s.X, (s, reply) => s with { Y = reply.Text });
        draft.Start(x).Then(y);
        var tasks = TaskSet.Create(Bandit.Tasks, t => t, draft.Build(), bandit.Models, t => new Duo.State(t), s => s.Y, new() { RoleOptions = _ => new() { Temperature = 1, MaxOutputTokens = 2 } });
        var runs = await new RolloutRunner<string>(tasks.Rollout, t => t).RunAsync(Bandit.Tasks, 6, new SeedKey(3, "rl"));
        var parent = runs.First(r => r.Status == TrajectoryStatus.Completed && r.Nodes.Length > 2);
        var twin = Assert.Single(await new TaskForks<string>(tasks).RunAsync([new Fork { Parent = parent, Calls = new Dictionary<string, CallChange> { ["y"] = CallChange.Resample } }]));
        Assert.All(twin.Nodes.SkipLast(1), n => Assert.True(n.Inherited));
        var rewards = new RewardComposer().Add(new OutcomeReward(_ => 1));
        var step = await new RlTrainer<string>(bandit.Models, tasks, RlOptions.Grpo with { Rewards = rewards, RejectedAnswerReturn = -1 })
            .UpdateAsync([new() { Trajectories = [parent, twin] }]);
        // Each answer once, whether it was accepted or not.
        Assert.Equal(parent.Nodes.Length - 1, step.Metrics["x/rows"]);
    }

    [Fact]
    public async Task RunAsync_ReplacementThatIsARolesClientItself_IsAskedOnce()
    {
        using var duo = new Duo();
        var parent = await duo.RunAsync();
        var roles = new Dictionary<string, CallChange> { ["y"] = CallChange.Ask("y again", duo.Models.GetChatClient(duo.Models.Team["y"])) };
        var twin = Assert.Single(await duo.Forks.RunAsync([new Fork { Parent = parent, Roles = roles }]));
        Assert.Equal((true, false), (twin.Nodes[0].Inherited, twin.Nodes[1].Inherited));
        // With the parent's random numbers the same model says the same.
        Assert.Equal(parent.Nodes[1].Text, twin.Nodes[1].Text);
    }

    [Fact]
    public async Task RunAsync_ToolAskedOtherwise_IsAnotherContext()
    {
        static ChatMessage[] Heard(string argument) =>
            [new(ChatRole.Assistant, [new FunctionCallContent("1", "f", new Dictionary<string, object?> { ["a"] = argument })]), new(ChatRole.Tool, [new FunctionResultContent("1", "done")])];

        using var crew = new Crew("x") { Ask = _ => Heard("b") };
        var parent = await crew.RunAsync();
        Assert.True((await crew.ForkAsync(parent, null)).Nodes[0].Inherited);
        // What a store gave back is the same context.
        var stored = TrajectoryJson.Deserialize(TrajectoryJson.Serialize(parent));
        Assert.True((await crew.ForkAsync(stored, null)).Nodes[0].Inherited);
        crew.Ask = _ => Heard("c");
        Assert.False((await crew.ForkAsync(parent, null)).Nodes[0].Inherited);
    }

    [Fact]
    public void Context_ToolResultsThatDiffer_AreNotCompared()
    {
        InvocationReturn Return(string id, string result, double value)
        {
            var node = Make.Node("x", "x") with { Input = [new(ChatRole.User, "go"), new(ChatRole.Tool, [new FunctionResultContent("1", result)])] };
            return new(Make.Trajectory(id, [node]), node, value);
        }

        Make.Near([-0.5, 0.5, 0, 0], Estimates.Advantages([Return("a", "red", 0), Return("b", "red", 1), Return("c", "blue", 5), Return("d", "blue", 5)], GrpoAdvantage.DrGrpo, GroupKey.ByRole | GroupKey.Context));
    }

    /// <summary>Roles that are asked the same, in an order that may change from run to run, and are recorded in theirs.</summary>
    private sealed class Crew : IDisposable
    {
        private readonly Bandit _bandit = new(positions: 64);
        private readonly string[] _roles;
        private readonly TaskForks<string> _forks;

        public Crew(params string[] roles)
        {
            (_roles, Order) = (roles, [.. Enumerable.Range(0, roles.Length)]);
            _forks = new(TaskSet.Create(Bandit.Tasks, t => t, RunAsync));
        }

        public int[] Order { get; set; }

        public Func<string, ChatMessage[]> Ask { get; set; } = task => [new(ChatRole.User, task)];

        public Task<Trajectory> RunAsync() => RunAsync("a", new SeedKey(3, "rl", Task: "a"), CancellationToken.None);

        public async Task<Trajectory> ForkAsync(Trajectory parent, string? call, bool isBranch = false) => (await _forks.RunAsync(
            [new Fork { Parent = parent, Calls = call is null ? new Dictionary<string, CallChange>() : new() { [call] = CallChange.Resample }, IsBranch = isBranch, Sample = 1 }]))[0];

        public void Dispose() => _bandit.Dispose();

        private async Task<Trajectory> RunAsync(string task, SeedKey key, CancellationToken cancellationToken)
        {
            var nodes = new TrajectoryNode[_roles.Length];
            foreach (var i in Order)
            {
                var response = await _bandit.Models.GetChatClient(_bandit.Models.Team[_roles[i]])
                    .GetResponseAsync(Ask(task), new() { MaxOutputTokens = 2, Temperature = 1, Seed = (key with { Node = $"n{i}" }).ToSeed() }, cancellationToken);
                nodes[i] = new() { Id = $"n{i}", Kind = NodeKind.Role, Name = $"n{i}", Role = _roles[i], Input = [.. Ask(task)], Output = [.. response.Messages], Tokens = TokenTrace.Of(response) };
            }

            return new() { Id = key.ToTrajectoryId(), WorkflowName = "crew", TaskId = task, GroupId = task, Key = key, Status = TrajectoryStatus.Completed, Nodes = [.. nodes] };
        }
    }
}
