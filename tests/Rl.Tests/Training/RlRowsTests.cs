namespace AgentTeams.Tests;

/// <summary>Rows of runs that an application stored.</summary>
public sealed class RlRowsTests
{
    private static readonly RlOptions s_options = RlOptions.Grpo with { GroupKey = GroupKey.Role, Credit = new JointCredit() };

    [Fact]
    public async Task From_StoredRuns_ComparesThemOverAllTasks()
    {
        using var bandit = new Bandit();
        var runs = await RunsAsync(bandit);

        var (policy, rows) = Assert.Single(await RlRows.FromAsync(bandit.Models, runs, s_options));

        Assert.Equal(new PolicyId("m"), policy);
        Assert.Equal(runs.SelectMany(r => r.Nodes.Select(n => (r.Id, n.Id))), rows.Select(r => (r.TrajectoryId, r.NodeId)).OrderBy(r => runs.FindIndex(t => t.Id == r.TrajectoryId)));
        Assert.All(rows, r => Assert.Equal(int.IsEvenInteger(runs.FindIndex(t => t.Id == r.TrajectoryId)), r.Advantages[0] > 0));
        Assert.Equal(0, rows.Sum(r => r.Advantages[0]), 5);
        Assert.All(rows, r => Assert.Equal(r.CompletionIds.Length, r.BehaviorLogProbs.Length));
        Assert.Equal(1, rows.Sum(r => (double)r.Weights.Sum()), 5);
        await bandit.Models.GetModel(policy).AccumulateAsync(policy, rows, s_options.Loss);
        Assert.NotEqual(0, (await bandit.Models.GetModel(policy).ApplyAsync(policy, s_options.Optimizer)).GradientNorm);
    }

    [Fact]
    public async Task From_CallsThatCannotBeTrainedOn_ArePassedOver()
    {
        using var bandit = new Bandit();
        var runs = await RunsAsync(bandit);
        Trajectory[] others =
        [
            runs[0] with { Id = "no trace", Nodes = [runs[0].Nodes[0] with { Tokens = null }] },
            runs[0] with { Id = "other policy", Nodes = [runs[0].Nodes[0] with { Tokens = runs[0].Nodes[0].Tokens! with { Policy = new("else") } }] },
            runs[0] with { Id = "no reward", Rewards = [] },
            runs[0] with { Id = "broken", Status = TrajectoryStatus.Failed, Error = new("IOException", "down") },
        ];

        Assert.Equal(2 * runs.Count, (await RlRows.FromAsync(bandit.Models, [.. others, .. runs], s_options)).Values.Single().Count);
        Assert.Empty(await RlRows.FromAsync(bandit.Models, others, s_options));
    }

    // What an application does once each, and what came of it.
    private static async Task<List<Trajectory>> RunsAsync(Bandit bandit)
    {
        var runs = new List<Trajectory>();
        foreach (var (i, task) in Bandit.Tasks.Index())
            runs.Add(await bandit.RolloutAsync(task, new SeedKey(1, Task: task), default) with { Rewards = [Reward.ForTrajectory("thumb", i % 2 == 0 ? 1 : -1)] });
        return runs;
    }
}
