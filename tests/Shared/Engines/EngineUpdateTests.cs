namespace AgentTeams.Tests;

/// <summary>What an update of weights must change, and what it must leave alone, on every engine.</summary>
public abstract class EngineUpdateTests<TEngine>
    where TEngine : ITestedEngine
{
    [Fact]
    public void Apply_NonFiniteGradient_RefusesAndKeepsTheWeights()
    {
        using var model = TEngine.Create();
        var hash = model.WeightsHashAsync().Now();
        model.AccumulateAsync(model.Base, [TinyModel.Row(1) with { Weights = [1, 1, float.NaN, 1, 1] }], new NegativeLogLikelihood()).Now();
        var error = Assert.Throws<NonFiniteGradientException>(() => model.ApplyAsync(model.Base, new AdamWOptions()).Now());
        Assert.Contains("'tiny'", error.Message, StringComparison.Ordinal);
        Assert.Contains("NaN", error.Message, StringComparison.Ordinal);
        Assert.Equal(hash, model.WeightsHashAsync().Now());
        model.AccumulateAsync(model.Base, [TinyModel.Row(1)], new NegativeLogLikelihood()).Now();
        Assert.True(double.IsFinite(model.ApplyAsync(model.Base, new AdamWOptions()).Now().GradientNorm));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Snapshot_AfterAnUpdate_StaysAsItWas(bool adapter)
    {
        using var model = TEngine.Create();
        var policy = adapter ? model.AddAdapter("a", new SeedKey(1)) : model.Base;
        Step(model, policy);
        var before = Scores(model, policy);
        using var snapshot = model.SnapshotAsync(policy).Now();
        Step(model, policy);
        Assert.Equal(before, Scores(snapshot));
        Step(model, model.Base);
        Assert.Equal(before, Scores(snapshot));
        Assert.NotEqual(before, Scores(model, policy));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WriteWeights_ChangedAndPutBack_ChangesScoresAndLeavesSnapshotsAlone(bool adapter)
    {
        using var model = TEngine.Create();
        var policy = adapter ? model.AddAdapter("a", new SeedKey(1)) : model.Base;
        Step(model, policy);
        var (before, hash, version) = (Scores(model, policy), model.WeightsHashAsync().Now(), model.WeightsVersion(policy));
        using var snapshot = model.SnapshotAsync(policy).Now();
        var weights = model.ReadWeightsAsync(policy).Now();

        model.WriteWeightsAsync(policy, weights.Select(w => w + 0.05f).ToArray(), isUpdate: false).Now();
        Assert.NotEqual(before, Scores(model, policy));
        Assert.Equal(before, Scores(snapshot));
        Assert.Equal(version, model.WeightsVersion(policy));

        model.WriteWeightsAsync(policy, weights, isUpdate: true).Now();
        Assert.Equal(before, Scores(model, policy));
        Assert.Equal((hash, version + 1), (model.WeightsHashAsync().Now(), model.WeightsVersion(policy)));
    }

    [Fact]
    public void Snapshot_BeforeAndAfterAnUpdateOfTheBase_EachStaysAsItWas()
    {
        using var model = TEngine.Create();
        var policy = model.AddAdapter("a", new SeedKey(1));
        var snapshots = new List<(ITokenScorer Scorer, float[] Expected)>();
        for (var i = 0; i < 3; i++)
        {
            foreach (var p in new[] { policy, model.Base }) snapshots.Add((model.SnapshotAsync(p).Now(), Scores(model, p)));
            Step(model, policy);
            Step(model, model.Base);
            if (i == 1) model.MergeAdapter(policy);
        }

        foreach (var (scorer, expected) in snapshots) Assert.Equal(expected, Scores(scorer));
        Assert.Equal(3, snapshots.Where((_, i) => i % 2 == 1).Select(s => s.Expected[0]).Distinct().Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ReleaseOptimizer_AfterUpdates_KeepsWeightsAndVersionAndTheNextUpdateIsAFirstOne(bool adapter)
    {
        var folder = Directory.CreateTempSubdirectory("agentteams").FullName;
        using var model = TEngine.Create();
        var policy = adapter ? model.AddAdapter("a", new SeedKey(1)) : model.Base;
        Step(model, policy);
        Step(model, policy);
        var hash = model.WeightsHashAsync().Now();
        using var untouched = TEngine.Create();
        if (adapter) untouched.AddAdapter("a", new SeedKey(1));
        untouched.WriteWeightsAsync(policy, model.ReadWeightsAsync(policy).Now(), isUpdate: false).Now();

        model.ReleaseOptimizerAsync(policy).Now();
        model.SaveAsync(Path.Combine(folder, "released")).Now();
        Assert.Equal((hash, 2), (model.WeightsHashAsync().Now(), model.WeightsVersion(policy)));
        Assert.Empty(Directory.EnumerateFiles(folder, "optimizer-*.safetensors", SearchOption.AllDirectories));

        using var loaded = TEngine.Create();
        if (adapter) loaded.AddAdapter("a", new SeedKey(2));
        loaded.LoadAsync(Path.Combine(folder, "released")).Now();
        Assert.Equal((hash, 2), (loaded.WeightsHashAsync().Now(), loaded.WeightsVersion(policy)));
        foreach (var each in new[] { model, loaded, untouched }) Step(each, policy);
        model.SaveAsync(Path.Combine(folder, "again")).Now();
        loaded.LoadAsync(Path.Combine(folder, "again")).Now();
        foreach (var each in new[] { model, loaded, untouched }) Step(each, policy);

        Assert.Equal(untouched.WeightsHashAsync().Now(), model.WeightsHashAsync().Now());
        Assert.Equal(untouched.WeightsHashAsync().Now(), loaded.WeightsHashAsync().Now());
        Assert.Equal(4, model.WeightsVersion(policy));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Sampling_AfterAnUpdate_SharesNothingOlder()
    {
        using var model = TEngine.Create();
        int[] prompt = [.. Enumerable.Range(0, 70).Select(i => 3 + i * 29 % 257)];
        await TinyModel.Generate(model, model.Base, [.. prompt], 3, 1, []);
        Step(model, model.Base);
        var after = await TinyModel.Generate(model, model.Base, [.. prompt], 3, 1, []);
        Assert.Equal(140, model.Statistics.PrefilledTokens);
        var scores = model.ScoreAsync(model.Base, [new TrainingRow { PromptIds = prompt, CompletionIds = after.Ids }]).Now();
        Assert.InRange(ModelOracles.MaxDifference(after.LogProbs, scores[0].LogProbs), 0, TEngine.Tolerance);
    }

    private static float[] Scores(LocalLanguageModel model, PolicyId policy) => model.ScoreAsync(policy, [TinyModel.Row(3)]).Now()[0].LogProbs;

    private static float[] Scores(ITokenScorer scorer) => scorer.ScoreAsync([TinyModel.Row(3)]).Now()[0].LogProbs;

    private static void Step(LocalLanguageModel model, PolicyId policy)
    {
        model.AccumulateAsync(policy, [TinyModel.Row(4)], new NegativeLogLikelihood()).Now();
        model.ApplyAsync(policy, new AdamWOptions { LearningRate = 0.05 }).Now();
    }
}
