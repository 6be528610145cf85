namespace AgentTeams.Tests;

public sealed class ProductionRecorderTests : IDisposable
{
    private readonly MemoryStore _store = new();
    private readonly RecorderProbe _probe = new();

    private static Trajectory Run(string id) => Make.Trajectory(id, [Make.Node("coder", "coder")]);

    private RecorderOptions Options => new() { Redactors = [], Retries = 0, RetryDelay = TimeSpan.Zero, LoggerFactory = _probe, MeterFactory = _probe };

    [Fact]
    public async Task Record_StoreWorks_StoresInOrderAndCounts()
    {
        await using var recorder = new ProductionRecorder(_store, Options);
        foreach (var i in Enumerable.Range(0, 200)) Assert.True(recorder.Record(Run($"{i:000}")));

        await recorder.FlushAsync();

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i:000}"), _store.Stored.Select(t => t.Id));
        Assert.Equal(200, recorder.RecordedCount);
        Assert.Equal(200, _probe["agentteams.recorder.recorded"]);
        Assert.All(_store.Batches, size => Assert.InRange(size, 1, 64));
    }

    [Fact]
    public async Task Record_DeadStore_IsCountedAsDropped()
    {
        _store.BeforeWrite = () => throw new IOException("no space left");
        await using var recorder = new ProductionRecorder(_store, Options);

        Assert.True(recorder.Record(Run("a")));
        await recorder.FlushAsync();

        Assert.Equal(1, recorder.GetDroppedCount(DropReason.StoreFailed));
        Assert.Equal(1, recorder.GetDroppedCount());
        Assert.Equal(1, _probe["agentteams.recorder.dropped StoreFailed"]);
        Assert.Contains("fails", await _probe.NextMessageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Record_StoreRecoversWhileRetried_LosesNothing()
    {
        var failures = 3;
        _store.BeforeWrite = () => failures-- > 0 ? throw new IOException("busy") : Task.CompletedTask;
        await using var recorder = new ProductionRecorder(_store, Options with { Retries = 5 });

        recorder.Record(Run("a"));
        await recorder.FlushAsync();

        Assert.Equal("a", Assert.Single(_store.Stored).Id);
        Assert.Equal((1, 0), (recorder.RecordedCount, recorder.GetDroppedCount()));
    }

    [Fact]
    public async Task Record_StoreRecoversLater_StoresWhatComesThen()
    {
        _store.BeforeWrite = () => throw new IOException("gone");
        await using var recorder = new ProductionRecorder(_store, Options with { Retries = 2 });
        recorder.Record(Run("a"));
        await recorder.FlushAsync();

        _store.BeforeWrite = () => Task.CompletedTask;
        recorder.Record(Run("b"));
        await recorder.FlushAsync();

        Assert.Equal("b", Assert.Single(_store.Stored).Id);
        Assert.Equal((1, 1), (recorder.RecordedCount, recorder.GetDroppedCount(DropReason.StoreFailed)));
    }

    [Fact]
    public async Task Record_RetryDelay_IsTheClocks()
    {
        var clock = new TestClock();
        var failures = 1;
        _store.BeforeWrite = () => failures-- > 0 ? throw new IOException("busy") : Task.CompletedTask;
        await using var recorder = new ProductionRecorder(_store, Options with { Retries = 1, RetryDelay = TimeSpan.FromSeconds(7), TimeProvider = clock });
        recorder.Record(Run("a"));
        while (clock.TimersSet == 0) await Task.Yield();
        Assert.Empty(_store.Stored);

        clock.Advance(TimeSpan.FromSeconds(7));
        await recorder.FlushAsync();

        Assert.Single(_store.Stored);
    }

    [Fact]
    public async Task Record_FullQueue_DropsWithoutWaiting()
    {
        var (began, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        _store.BeforeWrite = () =>
        {
            began.TrySetResult();
            return release.Task;
        };
        await using var recorder = new ProductionRecorder(_store, Options with { Capacity = 2, MaxBatch = 1 });
        recorder.Record(Run("writing"));
        await began.Task;

        Assert.True(recorder.Record(Run("a")));
        Assert.True(recorder.Record(Run("b")));
        Assert.False(recorder.Record(Run("c")));
        Assert.Equal(1, recorder.GetDroppedCount(DropReason.QueueFull));
        Assert.Equal(1, _probe["agentteams.recorder.dropped QueueFull"]);

        release.SetResult();
        await recorder.FlushAsync();
        Assert.Equal(["writing", "a", "b"], _store.Stored.Select(t => t.Id));
    }

    [Fact]
    public async Task DisposeAsync_WaitingRecords_AreStored()
    {
        var recorder = new ProductionRecorder(_store, Options);
        foreach (var i in Enumerable.Range(0, 300)) recorder.Record(Run($"{i}"));

        await recorder.DisposeAsync();

        Assert.Equal(300, _store.Stored.Count);
        Assert.False(recorder.Record(Run("late")));
        Assert.Equal(1, recorder.GetDroppedCount(DropReason.Closed));
        await recorder.FlushAsync();
        await recorder.DisposeAsync();
    }

    [Fact]
    public async Task DisposeAsync_StoreThatHangs_EndsAfterTheTimeLimit()
    {
        var clock = new TestClock();
        var began = new TaskCompletionSource();
        _store.BeforeWrite = () =>
        {
            began.TrySetResult();
            return new TaskCompletionSource().Task;
        };
        var recorder = new ProductionRecorder(_store, Options with { TimeProvider = clock, MaxBatch = 1, FlushTimeout = TimeSpan.FromSeconds(10) });
        recorder.Record(Run("writing"));
        await began.Task;
        recorder.Record(Run("waiting"));

        var disposal = recorder.DisposeAsync().AsTask();
        while (clock.TimersSet == 0) await Task.Yield();
        Assert.False(disposal.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(10));
        await disposal;

        Assert.Empty(_store.Stored);
        Assert.Equal(2, recorder.GetDroppedCount(DropReason.Closed));
    }

    [Fact]
    public async Task Record_RedactorThatFails_DropsOnlyThatRecord()
    {
        await using var recorder = new ProductionRecorder(_store, Options with { Redactors = [new Refusing("secret plan")] });

        recorder.Record(Run("a") with { Outcome = "the secret plan" });
        recorder.Record(Run("b"));
        await recorder.FlushAsync();

        Assert.Equal("b", Assert.Single(_store.Stored).Id);
        Assert.Equal(1, recorder.GetDroppedCount(DropReason.NotReadable));
    }

    [Fact]
    public async Task Record_IdThatIsStored_IsCountedAsDuplicate()
    {
        await using var recorder = new ProductionRecorder(_store, Options);

        recorder.Record(Run("a"));
        recorder.Record(Run("a"));
        await recorder.FlushAsync();

        Assert.Equal((1, 1), (recorder.RecordedCount, recorder.GetDroppedCount(DropReason.DuplicateId)));
    }

    [Fact]
    public async Task Record_ManyDrops_AreLoggedOnceInAWhile()
    {
        var clock = new TestClock();
        var recorder = new ProductionRecorder(_store, Options with { TimeProvider = clock });
        await recorder.DisposeAsync();

        recorder.Record(Run("a"));
        Assert.StartsWith("1 records were dropped: Closed", await _probe.NextMessageAsync(), StringComparison.Ordinal);
        foreach (var i in Enumerable.Range(0, 4)) recorder.Record(Run($"{i}"));
        clock.Advance(TimeSpan.FromMinutes(1));
        recorder.Record(Run("b"));

        Assert.StartsWith("5 records were dropped: Closed", await _probe.NextMessageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task IsSampled_SameId_IsDecidedAlikeEverywhere()
    {
        await using var recorder = new ProductionRecorder(_store, Options with { SamplingRate = 0.25 });
        await using var other = new ProductionRecorder(_store, Options with { SamplingRate = 0.25 });
        await using var more = new ProductionRecorder(_store, Options with { SamplingRate = 0.5 });
        var ids = Enumerable.Range(0, 4000).Select(i => $"id-{i}").ToList();
        var chosen = ids.FindAll(recorder.IsSampled);

        Assert.Equal(chosen, ids.FindAll(other.IsSampled));
        Assert.All(chosen, id => Assert.True(more.IsSampled(id)));
        Assert.InRange(chosen.Count, 850, 1150);
        foreach (var id in ids.Take(100)) Assert.Equal(recorder.IsSampled(id), recorder.Record(Run(id)));
        await recorder.FlushAsync();
        Assert.Equal(100, recorder.RecordedCount + recorder.NotSampledCount);
    }

    [Theory]
    [InlineData(0.0, false)]
    [InlineData(1.0, true)]
    public async Task IsSampled_AllOrNothing_IsExact(double rate, bool expected)
    {
        await using var recorder = new ProductionRecorder(_store, Options with { SamplingRate = rate });

        Assert.All(Enumerable.Range(0, 500), i => Assert.Equal(expected, recorder.IsSampled($"{i}")));
    }

    [Theory]
    [InlineData("a trajectory comes back as it was")]
    [InlineData("trajectories are read in the order in which they were appended")]
    [InlineData("an id that is not stored is not found")]
    [InlineData("rewards are replaced, and nothing else")]
    [InlineData("concurrent appends lose nothing")]
    [InlineData("a large trajectory is kept whole")]
    public Task AsAStore_Conformance_Holds(string promise) => TrajectoryStoreConformance.RunAsync(promise, () =>
        Task.FromResult<ITrajectoryStore>(new ProductionRecorder(new MemoryStore(), Options)));

    [Fact]
    public void ProductionRecorder_OptionsOutOfRange_AreAllNamed()
    {
        var message = Assert.Throws<AgentTeamsException>(() => new ProductionRecorder(_store, new() { SamplingRate = 2, Capacity = 0, Retries = -1 })).Message;

        Assert.All(["SamplingRate", "Capacity", "Retries"], name => Assert.Contains(name, message, StringComparison.Ordinal));
    }

    public void Dispose() => _probe.Dispose();

    private sealed class Refusing(string what) : ITextRedactor
    {
        public string Redact(string text) => text.Contains(what, StringComparison.Ordinal) ? throw new InvalidOperationException("cannot") : text;
    }
}
