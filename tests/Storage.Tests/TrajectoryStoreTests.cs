namespace AgentTeams.Tests;

public sealed class TrajectoryStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trajectories").FullName;

    public static TheoryData<string, string> Promises
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var promise in TrajectoryStoreConformance.Promises)
            {
                data.Add("jsonl", promise);
                data.Add("sqlite", promise);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Promises))]
    public Task RunAsync_Conformance_Holds(string kind, string promise) => TrajectoryStoreConformance.RunAsync(promise, async () => kind == "jsonl"
        ? await JsonlTrajectoryStore.OpenAsync(Path.Combine(_folder, "runs.jsonl"))
        : new SqliteTrajectoryStore(Path.Combine(_folder, "runs.db")));

    private static Trajectory Run(int i) => new()
    {
        Id = $"run-{i:000}", WorkflowName = "w", TaskId = $"task-{i % 5}", GroupId = "g", Key = new SeedKey(1, i < 50 ? "sft" : "rl", i / 10), Outcome = $"{i % 3}",
        Status = i % 7 == 0 ? TrajectoryStatus.Failed : TrajectoryStatus.Completed, Rewards = [Reward.ForTrajectory("outcome", i % 4)],
        Nodes = [new() { Id = "n", Kind = NodeKind.Role, Name = "n", Role = i % 2 == 0 ? "coder" : "planner", Parents = [], Start = DateTimeOffset.UnixEpoch.AddMinutes(i) }],
    };

    // One that is stored compressed, for all its repetitions.
    private static Trajectory Large { get; } = Run(2000) with { Outcome = string.Concat(Enumerable.Range(0, 500).Select(i => $"line {i}. ")) };

    [Fact]
    public async Task QueryAsync_EachCondition_SelectsWhatAFilterSelects()
    {
        using var store = new SqliteTrajectoryStore(Path.Combine(_folder, "runs.db"));
        var all = Enumerable.Range(0, 500).Select(Run).ToList();
        await store.AppendAsync(all);
        (TrajectoryQuery Query, Func<Trajectory, int, bool> Filter)[] cases =
        [
            (new(), (_, _) => true),
            (new() { Stage = "rl" }, (t, _) => t.Key!.Stage == "rl"),
            (new() { FromStep = 3, ToStep = 6 }, (t, _) => t.Key!.Step is >= 3 and <= 6),
            (new() { Role = "coder", FromStep = 40, ToStep = 40 }, (t, _) => t.Nodes[0].Role == "coder" && t.Key!.Step == 40),
            (new() { TaskId = "task-2", Status = TrajectoryStatus.Failed }, (t, _) => t.TaskId == "task-2" && t.Status == TrajectoryStatus.Failed),
            (new() { Outcome = "1", MinReward = 2 }, (t, _) => t.Outcome == "1" && t.Rewards[0].Value >= 2),
            (new() { MaxReward = 0 }, (t, _) => t.Rewards[0].Value <= 0),
            (new() { From = DateTimeOffset.UnixEpoch.AddMinutes(100), To = DateTimeOffset.UnixEpoch.AddMinutes(120) }, (_, i) => i is >= 100 and <= 120),
            (new() { Role = "planner", Limit = 3 }, (t, i) => t.Nodes[0].Role == "planner" && i < 6),
        ];
        foreach (var (query, filter) in cases)
        {
            var expected = all.Where(filter).Select(t => t.Id).ToList();
            Assert.Equal(expected, await store.QueryAsync(query).Select(t => t.Id).ToListAsync());
            Assert.Equal(expected.Count, await store.CountAsync(query));
        }
    }

    [Fact]
    public async Task FindAsync_RowsThatWerePackedTogether_ComeBackAsTheyWere()
    {
        var path = Path.Combine(_folder, "runs.db");
        var all = Enumerable.Range(0, 1100).Select(Run).ToList();
        using (var store = new SqliteTrajectoryStore(path))
        {
            foreach (var batch in all.Chunk(7)) await store.AppendAsync(batch);
            await store.CompactAsync();
            await store.AppendAsync(Large);
            await store.SetRewardsAsync([all[3] with { Rewards = [Reward.ForTrajectory("late", 1)] }]);
        }

        using var again = new SqliteTrajectoryStore(path);
        Assert.False(await again.AppendAsync(all[5]));
        Assert.Equal("late", (await again.FindAsync("run-003"))!.Rewards.Single().Name);
        foreach (var i in (int[])[0, 255, 256, 511, 767, 1099]) Assert.Equal(TrajectoryJson.Serialize(all[i]), TrajectoryJson.Serialize((await again.FindAsync(all[i].Id))!));
        Assert.Equal(TrajectoryJson.Serialize(Large), TrajectoryJson.Serialize((await again.FindAsync(Large.Id))!));
        Assert.Equal([.. all.Select(t => t.Id), Large.Id], await again.ReadAllAsync().Select(t => t.Id).ToListAsync());
    }

    [Theory]
    [InlineData("body = x'01'")]
    [InlineData("body = x'01ffffff7f00'")]
    [InlineData("body = substr(body, 1, length(body) - 1)")]
    [InlineData("body = x''")]
    public async Task FindAsync_DamagedCompressedRow_IsPassedOver(string damage)
    {
        using var store = new SqliteTrajectoryStore(Path.Combine(_folder, "runs.db"));
        await store.AppendAsync([Run(0), Large]);
        using (var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={store.FilePath};Pooling=False"))
        {
            other.Open();
            using var command = other.CreateCommand();
            command.CommandText = $"UPDATE loose SET {damage} WHERE seq = 2";
            command.ExecuteNonQuery();
        }

        Assert.Null(await store.FindAsync(Large.Id));
        await store.CompactAsync();
        Assert.Equal([Run(0).Id], await store.ReadAllAsync().Select(t => t.Id).ToListAsync());
    }

    [Fact]
    public async Task QueryAsync_RewardThatIsNoNumber_IsRefused()
    {
        using var store = new SqliteTrajectoryStore(Path.Combine(_folder, "runs.db"));
        Assert.Contains("MinReward is NaN", (await Assert.ThrowsAsync<AgentTeamsException>(async () => await store.QueryAsync(new() { MinReward = double.NaN }).ToListAsync())).Message, StringComparison.Ordinal);
        Assert.Contains("MaxReward is NaN", (await Assert.ThrowsAsync<AgentTeamsException>(() => store.CountAsync(new() { MaxReward = double.NaN }))).Message, StringComparison.Ordinal);
        Assert.Throws<AgentTeamsException>(() => new TrajectoryQuery { MaxReward = double.NaN }.Matches(Run(0)));
    }

    [Fact]
    public async Task CountAsync_LimitBelowZero_CountsNothing()
    {
        using var store = new SqliteTrajectoryStore(Path.Combine(_folder, "runs.db"));
        Assert.Equal(0, await store.CountAsync(new()));
        await store.AppendAsync(Run(0));
        Assert.Equal(0, await store.CountAsync(new() { Limit = -5 }));
        Assert.Equal(1, await store.CountAsync(new() { Limit = 5 }));
    }

    [Fact]
    public async Task AppendAsync_RewardsWhoseSumIsNoNumber_KeepsTheTrajectory()
    {
        using var store = new SqliteTrajectoryStore(Path.Combine(_folder, "runs.db"));
        var run = Run(0) with { Rewards = [Reward.ForTrajectory("much", double.MaxValue, 2), Reward.ForTrajectory("little", double.MinValue, 2)] };
        Assert.True(await store.AppendAsync(run));
        await store.SetRewardsAsync([run]);
        Assert.Equal(double.MaxValue, (await store.FindAsync(run.Id))!.Rewards[0].Value);
        Assert.Equal([run.Id], await store.QueryAsync(new() { MinReward = 0, MaxReward = 0 }).Select(t => t.Id).ToListAsync());
        Assert.True(new TrajectoryQuery { MinReward = 0, MaxReward = 0 }.Matches(run));
    }

    [Fact]
    public async Task SetRewardsAsync_NewRewards_AreWhatQueriesSee()
    {
        using var store = new SqliteTrajectoryStore(Path.Combine(_folder, "runs.db"));
        await store.AppendAsync([Run(0), Run(1)]);

        await store.SetRewardsAsync([Run(0) with { Rewards = [Reward.ForTrajectory("late", 9) with { Weight = 2 }] }]);

        Assert.Equal(["run-000"], await store.QueryAsync(new() { MinReward = 18 }).Select(t => t.Id).ToListAsync());
    }

    [Fact]
    public async Task ReadAllAsync_ReaderInAnotherObject_SeesWhatIsAppendedMeanwhile()
    {
        using var writer = new SqliteTrajectoryStore(Path.Combine(_folder, "runs.db"));
        using var reader = new SqliteTrajectoryStore(Path.Combine(_folder, "runs.db"));
        for (var i = 0; i < 5; i++)
        {
            await writer.AppendAsync(Run(i));
            Assert.Equal(i + 1, await reader.CountAsync(new()));
        }
    }

    [Fact]
    public async Task ReadAllAsync_DamagedRow_IsPassedOver()
    {
        using var store = new SqliteTrajectoryStore(Path.Combine(_folder, "runs.db"));
        await store.AppendAsync([Run(0), Run(1), Run(2)]);
        using (var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={store.FilePath};Pooling=False"))
        {
            other.Open();
            using var command = other.CreateCommand();
            command.CommandText = "UPDATE loose SET body = x'00112233445566' WHERE seq = 2";
            command.ExecuteNonQuery();
        }

        Assert.Equal(["run-000", "run-002"], await store.ReadAllAsync().Select(t => t.Id).ToListAsync());
        Assert.Null(await store.FindAsync("run-001"));
    }

    [Fact]
    public void SqliteTrajectoryStore_FileOfSomethingElse_IsRefused()
    {
        var path = Path.Combine(_folder, "text.db");
        File.WriteAllText(path, new string('x', 5000));

        Assert.Contains(path, Assert.Throws<AgentTeamsException>(() => new SqliteTrajectoryStore(path)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
