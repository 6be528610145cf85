using System.Text.Json;

namespace AgentTeams.Tests;

public sealed class EnvironmentRewardTests
{
    [Fact]
    public async Task ScoreAsync_EpisodeWithTurnRewards_RewardsTheEndAndEachTurnThatHasOne()
    {
        var episode = Make.Trajectory("0.75", [Make.Node("a", "left"), Step("step", 0, 0.5), Make.Node("a#1", "left", turn: 1), Step("step#1", 1, null)]);

        var rewards = await new EnvironmentReward().ScoreAsync(episode, [episode]);

        Assert.Equal([Reward.ForTrajectory("environment", 0.75), Reward.ForTurn(0, "environment/turn", 0.5)], rewards);
    }

    [Fact]
    public async Task ScoreAsync_RunThatFailed_GetsWhatFailureIsWorth()
    {
        var failed = Make.Trajectory("x", [Make.Node("a", "left")]) with { Status = TrajectoryStatus.Failed, Outcome = null };

        Assert.Equal([Reward.ForTrajectory("environment", -1)], await new EnvironmentReward(failed: -1).ScoreAsync(failed, [failed]));
    }

    [Fact]
    public async Task ScoreAsync_OutcomeThatIsNoScore_IsNamed()
    {
        var other = Make.Trajectory("text", [Make.Node("a", "left")]);

        Assert.Contains("'text'", (await Assert.ThrowsAsync<AgentTeamsException>(() => new EnvironmentReward().ScoreAsync(other, [other]).AsTask())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task From_EpisodeOfManyTurns_ComesToItsEnd()
    {
        using var bandit = new Bandit();
        var rollout = Rollouts.From(new Counting(), bandit.Models.Team.Roles, bandit.Models, new() { MaxTurns = 60 });
        var run = await rollout(60, new SeedKey(1, Task: "60"), default);
        Assert.Equal((TrajectoryStatus.Completed, "60"), (run.Status, run.Outcome));
        Assert.Equal(120, run.Nodes.Count(n => n.Kind == NodeKind.Role));
    }

    private sealed class Counting() : TeamEnvironment<int, Count>("counting")
    {
        public override Count Reset(int task, Random random) => new(0, task);

        public override Prompt Observe(Count world, string role) => "a";

        public override Count Step(Count world, IReadOnlyDictionary<string, string> actions) => world with { Actions = world.Actions + actions.Count };

        public override bool IsDone(Count world) => world.Actions >= 2 * world.Turns;

        public override double Score(Count world) => world.Actions / 2.0;
    }

    private sealed record Count(int Actions, int Turns);

    private static TrajectoryNode Step(string id, int turn, double? reward) => new()
    {
        Id = id, Kind = NodeKind.Environment, Name = "step", Turn = turn,
        Result = TrajectoryJson.ToElement(new EnvironmentStep(JsonElement.Parse("1"), reward, false)),
    };
}
