namespace AgentTeams.Tests;

/// <summary>What is not kept is gone, and nothing else.</summary>
public sealed class PruningTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task PruneAsync_EarlierSteps_LeavesTheShareAndAllOthers()
    {
        var path = Path.Combine(_folder, "runs.db");
        var runs = Enumerable.Range(0, 2000).Select(Run).ToList();
        using (var store = new SqliteTrajectoryStore(path))
        {
            await store.AppendAsync(runs);
            await store.CompactAsync();
            await store.SetRewardsAsync([.. runs.Take(700).Select(r => r with { Rewards = [Reward.ForTrajectory("late", 2)] })]);
            var query = new TrajectoryQuery { Stage = "rl", ToStep = 13 };
            var removed = await store.PruneAsync(query, 0.1);
            Assert.InRange(removed, 1200, 1320);
            Assert.Equal(0, await store.PruneAsync(query, 0.1));
            Assert.Equal(2000 - removed, await store.CountAsync(new()));
            Assert.Equal(600, await store.CountAsync(new() { FromStep = 14 }));
            Assert.Equal(2000 - removed, await store.CountAsync(new() { Role = "writer" }));
            await store.AppendAsync([.. Enumerable.Range(2000, 1500).Select(Run)]);
            await store.CompactAsync();
        }

        using var again = new SqliteTrajectoryStore(path);
        var held = await again.ReadAllAsync().ToListAsync();
        Assert.Equal(held.Count, await again.CountAsync(new()));
        Assert.Equal(600 + 1500, held.Count(t => t.Key!.Step >= 14));
        Assert.All(held, t => Assert.Equal($"outcome {Convert.ToInt32(t.Id, 16)}", t.Outcome));
        Assert.All(held, t => Assert.Equal(Convert.ToInt32(t.Id, 16) < 700 ? 2 : 1, t.Rewards.Single().Value));
        Assert.NotNull(await again.FindAsync(held[0].Id));
        Assert.Equal(held.Count, await again.PruneAsync(new()));
        Assert.Empty(await again.ReadAllAsync().ToListAsync());
    }

    [Fact]
    public async Task CompactAsync_PrunedStore_IsSmallAndHoldsWhatStayed()
    {
        var path = Path.Combine(_folder, "runs.db");
        var runs = Enumerable.Range(0, 3000).Select(i => Run(i) with { Error = new("T", string.Concat(Enumerable.Repeat($"message {i} ", 300))) }).ToList();
        using var store = new SqliteTrajectoryStore(path);
        await store.AppendAsync(runs);
        await store.PruneAsync(new() { ToStep = 24 });
        await store.CompactAsync();

        // Whoever has the file open sees the same, and it is no larger than what is left.
        using var other = new SqliteTrajectoryStore(path);
        Assert.Equal(runs[2500..].Select(r => r.Error!.Message), await other.ReadAllAsync().Select(r => r.Error!.Message).ToListAsync());
        Assert.InRange(new FileInfo(path).Length, 1, 500 * 600);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public async Task PruneAsync_ShareOutOfRange_IsRefused(double keep)
    {
        using var store = new SqliteTrajectoryStore(Path.Combine(_folder, "runs.db"));
        await Assert.ThrowsAsync<AgentTeamsException>(() => store.PruneAsync(new(), keep));
    }

    private static Trajectory Run(int number) => new()
    {
        Id = $"{number:x8}", WorkflowName = "w", TaskId = "t", GroupId = "g", Status = TrajectoryStatus.Completed, Outcome = $"outcome {number}", Key = new(1, "rl", Step: number / 100),
        Rewards = [Reward.ForTrajectory("first", 1)],
        Nodes = [new() { Id = "n", Kind = NodeKind.Role, Name = "writer", Role = "writer" }],
    };
}
