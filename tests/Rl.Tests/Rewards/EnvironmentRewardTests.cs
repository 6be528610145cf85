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

    private static TrajectoryNode Step(string id, int turn, double? reward) => new()
    {
        Id = id, Kind = NodeKind.Environment, Name = "step", Turn = turn,
        Result = TrajectoryJson.ToElement(new EnvironmentStep(JsonElement.Parse("1"), reward, false)),
    };
}
