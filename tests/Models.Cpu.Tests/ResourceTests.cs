namespace AgentTeams.Tests;

/// <summary>What a model shares between threads, and what it gives back.</summary>
public sealed class ResourceTests
{
    [Fact]
    public async Task Evaluate_FromSeveralThreads_IsThatOfOne()
    {
        using var model = TinyModel.Create();
        var rows = Enumerable.Range(0, 8).Select(i => TinyModel.Row(i, prompt: 5 + i * 3)).ToList();
        var expected = rows.ConvertAll(r => model.ScoreAsync(model.Base, [r]).Now()[0].LogProbs);
        using var start = new Barrier(4);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                for (var n = 0; n < 20; n++)
                {
                    for (var i = 0; i < rows.Count; i++) Assert.Equal(expected[i], model.ScoreAsync(model.Base, [rows[i]]).Now()[0].LogProbs);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }

    [Fact]
    public void Snapshot_Disposed_IsReleasedBeforeTheModel()
    {
        using var model = TinyModel.Create();
        var (first, second) = (model.SnapshotAsync(model.Base).Now(), model.SnapshotAsync(model.Base).Now());
        Assert.Equal(2, model.LiveSnapshots);
        first.Dispose();
        first.Dispose();
        second.Dispose();
        Assert.Equal(0, model.LiveSnapshots);
        Assert.Throws<ObjectDisposedException>(() => first.ScoreAsync([TinyModel.Row(1)]).Now());
    }

    [Fact]
    public void LoadSnapshot_AfterFurtherTraining_ScoresAsTheSavedWeightsDid()
    {
        var folder = Directory.CreateTempSubdirectory("agentteams").FullName;
        using var model = TinyModel.Create();
        var adapter = model.AddAdapter("a", new SeedKey(1));
        foreach (var policy in model.Policies) Train(model, policy);
        model.SaveAsync(folder).Now();
        var row = TinyModel.Row(1);
        var expected = model.Policies.ToDictionary(p => p, p => model.ScoreAsync(p, [row]).Now()[0].LogProbs);
        foreach (var policy in model.Policies) Train(model, policy);
        var hash = model.WeightsHashAsync().Now();
        foreach (var policy in model.Policies)
        {
            using var snapshot = model.LoadSnapshotAsync(policy, folder).Now();
            Assert.Equal(expected[policy], snapshot.ScoreAsync([row]).Now()[0].LogProbs);
        }

        Assert.Equal(hash, model.WeightsHashAsync().Now());
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void LoadSnapshot_FolderWithoutModel_IsRefusedByName()
    {
        using var model = TinyModel.Create();
        var error = Assert.Throws<ModelFormatException>(() => model.LoadSnapshotAsync(model.Base, Path.GetTempPath()).Now());
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

    private static void Train(LocalLanguageModel model, PolicyId policy)
    {
        model.AccumulateAsync(policy, [TinyModel.Row(3)], new NegativeLogLikelihood()).Now();
        model.ApplyAsync(policy, new AdamWOptions { LearningRate = 0.05 }).Now();
    }

    private sealed class Counted : IParallelWork
    {
        private int _done;

        public int Done => _done;

        public void Execute(int part) => Interlocked.Increment(ref _done);
    }
}
