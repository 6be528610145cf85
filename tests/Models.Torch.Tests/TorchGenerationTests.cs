using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Batches, shared prompts, adapters and little memory must not show in what is sampled.</summary>
public sealed class TorchGenerationTests
{
    [Fact]
    public async Task Sampling_EightOfOnePrompt_PrefillsItOnceAndAgreesWithTheTrainer()
    {
        using var model = TorchModels.Create();
        var prompt = TorchModels.Ids(1, 100);
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => TinyModel.Generate(model, model.Base, [.. prompt], 12, 1, [], seed: i)));
        // A request that comes after the prompt was computed shares its whole pages only.
        Assert.InRange(model.Statistics.PrefilledTokens, 100, 100 + 7 * (100 % PageTable.Positions));
        Assert.True(results.Select(r => string.Join(' ', r.Ids)).Distinct().Count() > 1);
        AssertScored(model, model.Base, prompt, results, 1e-4f);
    }

    [Fact]
    public async Task Sampling_SamePromptAgain_SharesItsWholePages()
    {
        using var model = TorchModels.Create();
        var prompt = TorchModels.Ids(2, 3 * PageTable.Positions);
        var first = await TinyModel.Generate(model, model.Base, [.. prompt], 6, 1, [], seed: 3);
        var second = await TinyModel.Generate(model, model.Base, [.. prompt], 6, 1, [], seed: 3);
        Assert.Equal(4 * PageTable.Positions, model.Statistics.PrefilledTokens);
        Assert.Equal(first.Ids, second.Ids);
    }

    [Fact]
    public async Task Sampling_ManyChatsOverThreeAdapters_EachGetsItsOwnDistribution()
    {
        using var model = TorchModels.Create(options: TorchModels.Options with { MaxConcurrentSequences = 13, PrefillTokensPerPass = 64 });
        PolicyId[] policies = [model.Base, .. new[] { "a", "b", "c" }.Select(name => model.AddAdapter(name, new SeedKey(name[0])))];
        foreach (var policy in policies.Skip(1))
        {
            model.AccumulateAsync(policy, [TinyModel.Row(policy.Adapter![0])], new NegativeLogLikelihood()).Now();
            model.ApplyAsync(policy, new AdamWOptions { LearningRate = 0.3 }).Now();
        }

        int[] Prompt(int i) => TorchModels.Ids(i % 11, 3 + 7 * (i % 9));
        var results = await Task.WhenAll(Enumerable.Range(0, 48).Select(i => TinyModel.Generate(model, policies[i % 4], Prompt(i), 3 + i % 17, 0.8f, [7], seed: i)));
        for (var i = 0; i < results.Length; i++) AssertScored(model, policies[i % 4], Prompt(i), [results[i]], 1e-3f, 0.8f);
    }

    [Fact]
    public void Forward_ManyTimes_LeavesNoTensorBehind()
    {
        using var model = TorchModels.Create();
        var engine = model.Engine.Inference;
        var (own, adapter) = (Held(model.Base), Held(model.AddAdapter("a", new SeedKey(1))));
        Sample(0);
        var live = LiveTensors.Count();
        for (var i = 1; i < 100; i++) Sample(i);
        Assert.Equal(live, LiveTensors.Count());

        SampledWeights Held(PolicyId policy)
        {
            var weights = model.Versions.Find(policy, null)!;
            weights.Hold();
            return weights;
        }

        // On this thread, whose tensors can be counted.
        void Sample(int i)
        {
            var ids = TorchModels.Ids(i, 40);
            using var plain = engine.TryOpen(own, ids, 64)!;
            using var adapted = engine.TryOpen(adapter, ids, 64)!;
            Span<DrawnToken> drawn = new DrawnToken[2];
            var logits = new float[2 * engine.VocabularySize];
            engine.Forward([new(plain, ids, 0, 40, 1), new(adapted, ids, 0, 40, 1)], [new(0, 1, 0.5)], drawn, logits);
            plain.Keep(ids);
            using var fork = plain.Fork(64)!;
            engine.Forward([new(fork, [5], 0, 1, 1)], [new(0, 0, 0.5)], drawn, logits);
        }
    }

    [Fact]
    public async Task Sampling_LittleCacheMemory_WaitsForRoom()
    {
        var pageBytes = 2L * 2 * 2 * 12 * PageTable.Positions * sizeof(float);
        using var model = TorchModels.Create(options: TorchModels.Options with { CacheMemory = 12 * pageBytes, PrefixMemory = 2 * pageBytes });
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => TinyModel.Generate(model, model.Base, TorchModels.Ids(i % 7, 30 + i), 20, 1, [], seed: i)));
        for (var i = 0; i < results.Length; i++) AssertScored(model, model.Base, TorchModels.Ids(i % 7, 30 + i), [results[i]], 1e-4f);
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => TinyModel.Generate(model, model.Base, TorchModels.Ids(1, 400), 20, 1, []));
        Assert.Contains("CacheMemory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sampling_BFloat16_StaysNearTheTrainer()
    {
        using var model = TorchModels.Create(options: TorchModels.Options with { Precision = TorchPrecision.BFloat16 });
        var prompt = TorchModels.Ids(6, 40);
        AssertScored(model, model.Base, prompt, [await TinyModel.Generate(model, model.Base, [.. prompt], 12, 1, [])], 0.05f);
    }

    [Fact]
    public async Task GetChatClient_Adapter_RecordsWhatItSampled()
    {
        using var model = TorchModels.Create();
        var policy = model.AddAdapter("a", new SeedKey(1));
        var response = await model.GetChatClient(policy).GetResponseAsync("how many apples", new ChatOptions { MaxOutputTokens = 5, Seed = 3 });
        var trace = TokenTrace.Of(response)!;
        Assert.Equal(policy, trace.Policy);
        AssertScored(model, policy, trace.PromptIds, [new GenerationResult(trace.CompletionIds, trace.LogProbs, false, 0)], 1e-4f);
    }

    private static void AssertScored(LocalLanguageModel model, PolicyId policy, int[] prompt, IReadOnlyList<GenerationResult> results, float tolerance, float temperature = 1)
    {
        var scores = model.ScoreAsync(policy, [.. results.Select(r => new TrainingRow { PromptIds = prompt, CompletionIds = r.Ids, Temperature = temperature })]).Now();
        foreach (var (result, score) in results.Zip(scores)) Assert.InRange(ModelOracles.MaxDifference(result.LogProbs, score.LogProbs), 0, tolerance);
    }
}
