using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Weights may be exchanged while they are sampled: each call is of one version, which its trace names.</summary>
public sealed class VersionTests : IDisposable
{
    private static readonly int[] s_prompt = TinyModel.Row(1, prompt: 40).PromptIds;
    private readonly LocalLanguageModel _model = TinyModel.Create();

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Publish_TrainingGoesOn_NewCallsAreOfThePublishedVersion(bool adapter)
    {
        var policy = PolicyOf(adapter);
        Train(policy);
        var before = await Generate(policy);
        Assert.Equal(1, _model.Publish(policy));
        Train(policy);
        if (adapter) Train(_model.Base);
        var published = await Generate(policy);
        Assert.Equal(before.Ids, published.Ids);
        Assert.Equal(before.LogProbs, published.LogProbs);
        Assert.Equal(1, published.WeightsVersion);
        _model.Unpublish(policy);
        var live = await Generate(policy);
        Assert.Equal(2, live.WeightsVersion);
        Assert.Equal(ScoreOf(policy, live), live.LogProbs);
        Assert.NotEqual(before.LogProbs, live.LogProbs);
        Assert.Equal(before.LogProbs, (await Generate(policy, version: 1)).LogProbs);
        Assert.Equal([1], _model.KeptVersions(policy));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Apply_CallsAreUnderWay_TheyEndWithTheWeightsTheyBeganWith(bool adapter)
    {
        var policy = PolicyOf(adapter);
        var alone = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Generate(policy, seed: i)));
        // The scheduler asks between two passes whether a completion has ended; there the weights change.
        var under = Enumerable.Range(0, 6).Select(i => Generate(policy, seed: i, stopped: ids =>
        {
            if (i == 3 && ids.Length is 5 or 9) Train(policy);
            return false;
        }));
        var mixed = await Task.WhenAll(under);
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(0, mixed[i].WeightsVersion);
            Assert.Equal(alone[i].Ids, mixed[i].Ids);
            Assert.Equal(alone[i].LogProbs, mixed[i].LogProbs);
        }

        var after = await Generate(policy);
        Assert.Equal(_model.WeightsVersion(policy), after.WeightsVersion);
        Assert.True(after.WeightsVersion > 0);
        Assert.Equal(ScoreOf(policy, after), after.LogProbs);
    }

    [Fact]
    public async Task Sampling_WhileAnotherThreadTrains_EachTraceIsOfTheVersionItNames()
    {
        var sampling = Task.WhenAll(Enumerable.Range(0, 120).Select(i => Generate(_model.Base, seed: i, version: null, tokens: 20 + i % 30)));
        _model.KeepVersion(_model.Base);
        do
        {
            Train(_model.Base);
            _model.KeepVersion(_model.Base);
        }
        while (!sampling.IsCompleted);
        foreach (var version in (await sampling).GroupBy(r => r.WeightsVersion))
        {
            if (!_model.KeptVersions(_model.Base).Contains(version.Key)) continue;
            await _model.RestoreVersionAsync(_model.Base, version.Key);
            foreach (var result in version) Assert.Equal(ScoreOf(_model.Base, result), result.LogProbs);
        }
    }

    [Fact]
    public async Task GetChatClient_OfAVersion_SaysWhatWasSaidThen()
    {
        var options = new ChatOptions { Seed = 3, MaxOutputTokens = 12 };
        var then = TokenTrace.Of(await _model.GetChatClient(_model.Base).GetResponseAsync("how many apples?", options))!;
        var version = _model.KeepVersion(_model.Base);
        var client = _model.GetChatClient(_model.Base, version);
        Train(_model.Base);
        var now = TokenTrace.Of(await client.GetResponseAsync("how many apples?", options))!;
        Assert.Equal(then.LogProbs, now.LogProbs);
        Assert.Equal(version, now.WeightsVersion);
        _model.KeepVersion(_model.Base);
        _model.DropVersion(_model.Base, version);
        var e = await Assert.ThrowsAsync<WeightsVersionException>(() => client.GetResponseAsync("how many apples?", options));
        Assert.Equal([1], e.Kept);
        Assert.Contains("Kept are: 1", e.Message, StringComparison.Ordinal);
        Assert.Throws<WeightsVersionException>(() => _model.GetChatClient(_model.Base, version));
        Assert.Throws<WeightsVersionException>(() => _model.DropVersion(_model.Base, 7));
    }

    [Fact]
    public void DropVersion_Published_IsRefused()
    {
        var version = _model.Publish(_model.Base);
        Assert.Contains("is published", Assert.Throws<AgentTeamsException>(() => _model.DropVersion(_model.Base, version)).Message, StringComparison.Ordinal);
        _model.Unpublish(_model.Base);
        _model.DropVersion(_model.Base, version);
        Assert.Empty(_model.KeptVersions(_model.Base));
    }

    [Fact]
    public void KeepVersion_OtherWeightsUnderTheNumber_IsRefused()
    {
        var adapter = _model.AddAdapter("a", new SeedKey(3));
        _model.KeepVersion(adapter);
        Assert.Equal(0, _model.KeepVersion(adapter));
        Train(_model.Base);
        Assert.Contains("its base changed", Assert.Throws<AgentTeamsException>(() => _model.KeepVersion(adapter)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RestoreVersion_TrainingGoesOn_AsOnAModelThatBeginsWithTheWeights(bool adapter)
    {
        var policy = PolicyOf(adapter);
        Train(policy);
        Train(policy);
        var kept = _model.KeepVersion(policy);
        var weights = await _model.ReadWeightsAsync(policy);
        Train(policy);
        Train(policy);
        Assert.Equal(5, await _model.RestoreVersionAsync(policy, kept));
        Assert.Equal(weights, await _model.ReadWeightsAsync(policy));

        using var fresh = TinyModel.Create();
        if (adapter) fresh.AddAdapter("a", new SeedKey(3));
        await fresh.WriteWeightsAsync(policy, weights, isUpdate: false);
        var folder = Directory.CreateTempSubdirectory("versions").FullName;
        try
        {
            Train(policy);
            await _model.SaveAsync(folder);
            Train(policy);
            var after = await _model.ReadWeightsAsync(policy);
            Train(policy, fresh);
            Train(policy, fresh);
            Assert.Equal(after, await fresh.ReadWeightsAsync(policy));

            await _model.LoadAsync(folder);
            Assert.Equal(6, _model.WeightsVersion(policy));
            Train(policy);
            Assert.Equal(after, await _model.ReadWeightsAsync(policy));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private PolicyId PolicyOf(bool adapter) => adapter ? _model.AddAdapter("a", new SeedKey(3)) : _model.Base;

    private void Train(PolicyId policy, LocalLanguageModel? model = null)
    {
        model ??= _model;
        model.AccumulateAsync(policy, [.. Enumerable.Range(0, 4).Select(i => TinyModel.Row(i))], new NegativeLogLikelihood(0.1f)).Now();
        model.ApplyAsync(policy, new AdamWOptions { LearningRate = 0.01 }).Now();
    }

    private Task<GenerationResult> Generate(PolicyId policy, long seed = 7, long? version = null, int tokens = 16, Func<ReadOnlySpan<int>, bool>? stopped = null) => _model.Scheduler.Enqueue(new()
    {
        Policy = policy, Version = version, PromptIds = s_prompt, MaxTokens = tokens, Temperature = 1, Seed = seed, StopIds = [], IsStopped = stopped, CancellationToken = CancellationToken.None,
    });

    private float[] ScoreOf(PolicyId policy, GenerationResult result) =>
        _model.ScoreAsync(policy, [new() { PromptIds = s_prompt, CompletionIds = result.Ids }]).Now()[0].LogProbs;
}
