using System.ComponentModel;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class EnvironmentTests
{
    /// <summary>Two players who do not see each other's cards say at once whether theirs is the higher one.</summary>
    private sealed record Cards(int Left, int Right, int Rounds = 0, int Right0 = 0);

    private sealed class HighCard() : TeamEnvironment<int, Cards>("high-card")
    {
        public override Cards Reset(int task, Random random) => new(random.Next(task), random.Next(task));

        public override Prompt Observe(Cards world, string role) => $"Your card is {(role == "left" ? world.Left : world.Right)}.";

        public override Cards Step(Cards world, IReadOnlyDictionary<string, string> actions) => world with { Rounds = world.Rounds + 1, Right0 = world.Right0 + (actions["left"] == actions["right"] ? 0 : 1) };

        public override bool IsDone(Cards world) => world.Rounds == 2;

        public override double Score(Cards world) => world.Right0 / 2.0;

        public override double? Reward(Cards before, Cards after) => after.Right0 - before.Right0;
    }

    private sealed record Maze(int X, int Goal, IReadOnlyList<string> Trace)
    {
        [EnvironmentAction, Description("Moves one step to the right or to the left.")]
        public (Maze World, string Told) Move(string direction)
        {
            if (direction is not ("left" or "right")) throw new ArgumentException($"There is no direction '{direction}'.");
            var next = this with { X = X + (direction == "right" ? 1 : -1), Trace = [.. Trace, direction] };
            return (next, next.X == next.Goal ? "You are there." : $"You are at {next.X}.");
        }
    }

    private sealed class MazeEnvironment() : TeamEnvironment<int, Maze>("maze")
    {
        public override Maze Reset(int task, Random random) => new(0, task, []);

        public override Prompt Observe(Maze world, string role) => $"You are at {world.X}, the goal at {world.Goal}.";

        public override bool IsDone(Maze world) => world.X == world.Goal;

        public override double Score(Maze world) => world.X == world.Goal ? 1 : 0;
    }

    private static readonly Role[] Players = [new() { Name = "left" }, new() { Name = "right" }];

    private static ScriptedChatClient Echo() => new(call => ScriptedReply.Say(call.Messages[^1].Text));

    private static ScriptedChatClient Walker() => new(call => call.Messages[^1].Role == ChatRole.User
        ? new ChatResponse(new ChatMessage(ChatRole.Assistant, [Call("1", "up"), Call("2", "right"), Call("3", "right")]))
        : ScriptedReply.Say("moved"));

    private static FunctionCallContent Call(string id, string direction) => new(id, "Move", new Dictionary<string, object?> { ["direction"] = direction });

    [Fact]
    public async Task RunAsync_JointActions_ShowEachRoleItsOwnObservationAndStepOnceATurn()
    {
        var client = Echo();
        var run = await new HighCard().ToWorkflow(Players).RecordAsync(new(10), Helpers.Runtime(client), new() { Seed = new(5) });

        var world = run.State!.World!;
        Assert.NotEqual(world.Left, world.Right);
        Assert.Equal(1, run.State.Score);
        Assert.Equal(["reset", "left", "right", "step", "left#1", "right#1", "step#1", "score"], run.Trajectory.Nodes.Select(n => n.Id));
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1], run.Trajectory.Nodes.Select(n => n.Turn));
        Assert.All(client.Calls, c => Assert.DoesNotContain(c.Messages, m => m.Text.Contains(',', StringComparison.Ordinal)));
        Assert.Equal($"Your card is {world.Left}.", client.Calls.Single(c => c.Index == 0).Messages[^1].Text);
    }

    [Fact]
    public async Task RunAsync_EqualKeys_DrawEqualWorlds()
    {
        var workflow = new HighCard().ToWorkflow(Players);
        async Task<Cards> WorldAsync(long seed) => (await workflow.RunAsync(new(1000), Helpers.Runtime(Echo()), new() { Seed = new(seed) })).State.World!;

        Assert.Equal(await WorldAsync(1), await WorldAsync(1));
        Assert.NotEqual(await WorldAsync(1), await WorldAsync(2));
    }

    [Fact]
    public async Task RunAsync_ActionsAsTools_ChangeTheWorldAndRefuseWhatIsNotAllowed()
    {
        var result = await new MazeEnvironment().ToWorkflow([new Role { Name = "walker" }]).RunAsync(new(4), Helpers.Runtime(Walker()));

        Assert.Equal(4, result.State.World!.X);
        Assert.Equal(["right", "right", "right", "right"], result.State.World.Trace);
        Assert.Equal(2, result.State.Turns);
        Assert.Equal(1, result.State.Score);
        Assert.Equal(2, result.Nodes.Count(n => n.Kind == NodeKind.Tool && n.Error is not null));
    }

    [Fact]
    public async Task RunAsync_KilledAtEveryCommit_ComesToTheSameWorld()
    {
        var workflow = new MazeEnvironment().ToWorkflow([new Role { Name = "walker" }]);
        var whole = new ListStore();
        var expected = await workflow.RunAsync(new(4), Helpers.Runtime(Walker()), new() { Checkpoints = whole, RunId = "run" });
        for (var at = 0; at < whole.Appends; at++)
        {
            var store = new ListStore { DieAt = at };
            await Assert.ThrowsAnyAsync<Exception>(() => workflow.RunAsync(new(4), Helpers.Runtime(Walker()), new() { Checkpoints = store, RunId = "run" }));
            store.DieAt = null;

            var result = await workflow.RunAsync(new(4), Helpers.Runtime(Walker()), new() { Checkpoints = store, RunId = "run" });

            Assert.Equal(expected.State.World!.Trace, result.State.World!.Trace);
            Assert.Equal(expected.Nodes.Select(n => n.Id), result.Nodes.Select(n => n.Id));
        }
    }

    [Fact]
    public async Task ForkAsync_AfterTheReset_GoesOnInTheSameWorld()
    {
        var workflow = new HighCard().ToWorkflow(Players);
        var first = await workflow.RunAsync(new(1000), Helpers.Runtime(Echo()), new() { Seed = new(3) });

        var fork = await workflow.ResumeAsync(await workflow.ForkAsync(first.Run, "reset"), Helpers.Runtime(Echo()));

        Assert.Equal((first.State.World!.Left, first.State.World.Right), (fork.State.World!.Left, fork.State.World.Right));
    }

    [Fact]
    public async Task RunAsync_EpisodeThatIsNeverOver_EndsAfterItsTurns()
    {
        var lazy = new ScriptedChatClient("I stay.");
        var result = await new MazeEnvironment().ToWorkflow([new Role { Name = "walker" }], new() { MaxTurns = 3 }).RunAsync(new(4), Helpers.Runtime(lazy));

        Assert.Equal((3, 0.0), (result.State.Turns, result.State.Score));
    }

    [Fact]
    public async Task Bind_Environment_IsANodeOfALargerWorkflow()
    {
        var workflow = Graphs.Build(wf => wf.AddWorkflow(new MazeEnvironment().Bind([new Role { Name = "walker" }]), s => s.Round, (s, score) => s.Note($"{score}")));

        Assert.Equal(["1"], (await workflow.RunAsync(new(Round: 4), Helpers.Runtime(Walker()))).State.Notes);
    }

    [Fact]
    public void ToWorkflow_ToolsAndRolesAtOnce_IsRefused() =>
        Assert.Contains("Sequential", Assert.Throws<AgentTeamsException>(() => new MazeEnvironment().ToWorkflow(Players)).Message, StringComparison.Ordinal);
}
