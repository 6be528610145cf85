namespace AgentTeams.Tests;

/// <summary>What a model shares between threads, and what it gives back.</summary>
public sealed class ResourceTests
{
    [Fact]
    public async Task Evaluate_FromSeveralThreads_IsThatOfOne()
    {
        using var model = TinyModel.Create();
        var rows = Enumerable.Range(0, 8).Select(i => TinyModel.Row(i, prompt: 5 + i * 3)).ToList();
        var expected = rows.ConvertAll(r => model.Evaluate(model.Base, [r])[0].LogProbs);
        using var start = new Barrier(4);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                for (var n = 0; n < 20; n++)
                {
                    for (var i = 0; i < rows.Count; i++) Assert.Equal(expected[i], model.Evaluate(model.Base, [rows[i]])[0].LogProbs);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }

    [Fact]
    public void Snapshot_OfAnAdapter_SharesTheBaseUntilItChanges()
    {
        using var model = TinyModel.Create();
        var adapter = model.AddAdapter("a", new SeedKey(1));
        Train(model, adapter);
        var row = TinyModel.Row(1);
        using var snapshot = model.Snapshot(adapter);
        var expected = snapshot.Evaluate([row])[0].LogProbs;
        Train(model, adapter);
        Assert.Equal(expected, snapshot.Evaluate([row])[0].LogProbs);
        Train(model, model.Base);
        Assert.Equal(expected, snapshot.Evaluate([row])[0].LogProbs);
        Assert.NotEqual(expected, model.Evaluate(adapter, [row])[0].LogProbs);
    }

    [Fact]
    public void Snapshot_Disposed_IsReleasedBeforeTheModel()
    {
        using var model = TinyModel.Create();
        var (first, second) = (model.Snapshot(model.Base), model.Snapshot(model.Base));
        Assert.Equal(2, model.LiveSnapshots);
        first.Dispose();
        first.Dispose();
        second.Dispose();
        Assert.Equal(0, model.LiveSnapshots);
        Assert.Throws<ObjectDisposedException>(() => first.Evaluate([TinyModel.Row(1)]));
    }

    [Fact]
    public void LoadSnapshot_AfterFurtherTraining_ScoresAsTheSavedWeightsDid()
    {
        var folder = Directory.CreateTempSubdirectory("agentteams").FullName;
        using var model = TinyModel.Create();
        var adapter = model.AddAdapter("a", new SeedKey(1));
        foreach (var policy in model.Policies) Train(model, policy);
        model.Save(folder);
        var row = TinyModel.Row(1);
        var expected = model.Policies.ToDictionary(p => p, p => model.Evaluate(p, [row])[0].LogProbs);
        foreach (var policy in model.Policies) Train(model, policy);
        var hash = model.WeightsHash();
        foreach (var policy in model.Policies)
        {
            using var snapshot = model.LoadSnapshot(policy, folder);
            Assert.Equal(expected[policy], snapshot.Evaluate([row])[0].LogProbs);
        }

        Assert.Equal(hash, model.WeightsHash());
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void LoadSnapshot_FolderWithoutModel_IsRefusedByName()
    {
        using var model = TinyModel.Create();
        var error = Assert.Throws<ModelFormatException>(() => model.LoadSnapshot(model.Base, Path.GetTempPath()));
        Assert.Contains("neither the weights of 'tiny'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_PoolOfItsOwn_EndsItsThreads()
    {
        var pool = new WorkerPool(3);
        Assert.True(pool.IsAlive);
        pool.Dispose();
        Assert.False(pool.IsAlive);
        var work = new Counted();
        pool.Run(work, 5);
        Assert.Equal(5, work.Done);
    }

    private static void Train(CpuLanguageModel model, PolicyId policy)
    {
        model.Accumulate(policy, [TinyModel.Row(3)], new NegativeLogLikelihood());
        model.Apply(policy, new AdamWOptions { LearningRate = 0.05 });
    }

    private sealed class Counted : IParallelWork
    {
        private int _done;

        public int Done => _done;

        public void Execute(int part) => Interlocked.Increment(ref _done);
    }
}
