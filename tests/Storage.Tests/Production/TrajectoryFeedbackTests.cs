namespace AgentTeams.Tests;

public sealed class TrajectoryFeedbackTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("feedback").FullName;

    private static Trajectory Run(string id) => Make.Trajectory(id, [Make.Node("coder", "coder")], "g", Reward.ForTrajectory("outcome", 1));

    private static Reward Thumb(double value, string? source = "user") => Reward.ForTrajectory("thumb", value) with { Source = source };

    [Theory]
    [InlineData("jsonl")]
    [InlineData("sqlite")]
    public async Task AddRewardsAsync_StoredTrajectory_IsReadWithThem(string kind)
    {
        var store = await OpenAsync(kind);
        await store.AppendAsync([Run("a"), Run("b")]);

        await store.AddRewardsAsync("a", [Thumb(1), Reward.ForRole("coder", "style", 0.5)]);
        await store.AddRewardsAsync("a", [Reward.ForTrajectory("resolved", 1)]);

        (store as IDisposable)!.Dispose();
        store = await OpenAsync(kind);
        var read = await store.ReadAllAsync().ToListAsync();
        Assert.Equal(["outcome", "thumb", "style", "resolved"], read[0].Rewards.Select(r => r.Name));
        Assert.Equal(["outcome"], read[1].Rewards.Select(r => r.Name));
        Assert.Equal(4, (await store.FindAsync("a"))!.Rewards.Length);
        (store as IDisposable)!.Dispose();
    }

    [Theory]
    [InlineData("jsonl")]
    [InlineData("sqlite")]
    public async Task AddRewardsAsync_SameNameAndSource_LaterWins(string kind)
    {
        var store = await OpenAsync(kind);
        await store.AppendAsync(Run("a"));

        foreach (var value in (double[])[1, 1, -1]) await store.AddRewardsAsync("a", [Thumb(value)]);
        await store.AddRewardsAsync("a", [Thumb(0.5, "editor"), Reward.ForRole("coder", "thumb", 2) with { Source = "user" }]);

        Assert.Equal([1, -1, 0.5, 2], (await store.FindAsync("a"))!.Rewards.Select(r => r.Value));
        (store as IDisposable)!.Dispose();
    }

    [Theory]
    [InlineData("jsonl")]
    [InlineData("sqlite")]
    public async Task AddRewardsAsync_UnknownTrajectory_IsRefused(string kind)
    {
        var store = await OpenAsync(kind);

        var error = await Assert.ThrowsAsync<UnknownTrajectoryException>(() => store.AddRewardsAsync("nobody", [Thumb(1)]));

        Assert.Equal("nobody", error.TrajectoryId);
        Assert.Empty(await store.ReadAllAsync().ToListAsync());
        (store as IDisposable)!.Dispose();
    }

    [Theory]
    [InlineData("jsonl")]
    [InlineData("sqlite")]
    public async Task AddRewardsAsync_ManyAtOnce_LoseNone(string kind)
    {
        var store = await OpenAsync(kind);
        await store.AppendAsync(Run("a"));

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => store.AddRewardsAsync("a", [Thumb(i, $"user {i}")]))));

        Assert.Equal(51, (await store.FindAsync("a"))!.Rewards.Length);
        (store as IDisposable)!.Dispose();
    }

    [Fact]
    public async Task AddRewardsAsync_Sqlite_IsFoundByItsReward()
    {
        using var store = new SqliteTrajectoryStore(Path.Combine(_folder, "runs.db"));
        await store.AppendAsync([Run("a"), Run("b")]);

        await store.AddRewardsAsync("b", [Thumb(5)]);

        Assert.Equal(["b"], await store.QueryAsync(new() { MinReward = 6 }).Select(t => t.Id).ToListAsync());
    }

    [Fact]
    public async Task AddRewards_RecorderThatHasNotWrittenYet_ComesBehindTheTrajectory()
    {
        var store = new MemoryStore();
        await using var recorder = new ProductionRecorder(store);

        recorder.Record(Run("a"));
        Assert.True(recorder.AddRewards("a", Thumb(1, "ann@example.org")));
        Assert.True(recorder.AddRewards("nobody", Thumb(1)));
        recorder.AddRewards("a", Thumb(double.NaN));
        await recorder.FlushAsync();

        Assert.Equal(["outcome of ", "thumb of [email]"], store.Stored[0].Rewards.Select(r => $"{r.Name} of {r.Source}"));
        Assert.Equal((1, 1), (recorder.GetDroppedCount(DropReason.UnknownTrajectory), recorder.GetDroppedCount(DropReason.NotReadable)));
    }

    [Fact]
    public async Task AddRewardsAsync_RecorderAsTheStore_WaitsAndRefusesWhatIsUnknown()
    {
        var store = new MemoryStore();
        await using var recorder = new ProductionRecorder(store);
        recorder.Record(Run("a"));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => recorder.AddRewardsAsync("a", [Thumb(i, $"user {i}")])));

        Assert.Equal(21, store.Stored[0].Rewards.Length);
        await Assert.ThrowsAsync<UnknownTrajectoryException>(() => recorder.AddRewardsAsync("nobody", [Thumb(1)]));
    }

    [Fact]
    public async Task AddRewards_RunThatWasNotSampled_IsPassedOver()
    {
        await using var recorder = new ProductionRecorder(new MemoryStore(), new() { SamplingRate = 0 });

        Assert.False(recorder.AddRewards("a", Thumb(1)));
        await recorder.FlushAsync();
        Assert.Equal(0, recorder.GetDroppedCount());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<ITrajectoryStore> OpenAsync(string kind) => kind == "jsonl"
        ? await JsonlTrajectoryStore.OpenAsync(Path.Combine(_folder, "runs.jsonl"))
        : new SqliteTrajectoryStore(Path.Combine(_folder, "runs.db"));
}
