using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>What the guarantee <see cref="Reproducibility.Exact"/> promises: equal bits, whatever else is computed at the same time.</summary>
public sealed class ExactnessTests
{
    [Theory]
    [InlineData(1f)]
    [InlineData(0.7f)]
    [InlineData(0f)]
    public async Task LogProbs_RecordedWhileSampling_EqualTheFullForwardPass(float temperature)
    {
        using var model = TinyModel.Create();
        var adapter = model.AddAdapter("a", new SeedKey(3));
        foreach (var policy in new[] { model.Base, adapter })
        {
            var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
                TinyModel.Generate(model, policy, TinyModel.Row(i % 7, prompt: 1 + i % 7).PromptIds, 12, temperature, stop: [5], seed: i)));
            var rows = results.Select((r, i) => new TrainingRow
            {
                PromptIds = TinyModel.Row(i % 7, prompt: 1 + i % 7).PromptIds, CompletionIds = r.Ids, Temperature = temperature == 0 ? 1 : temperature,
            }).ToList();
            var scores = model.ScoreAsync(policy, rows).Now();
            for (var i = 0; i < rows.Count; i++) Assert.Equal(results[i].LogProbs, scores[i].LogProbs);
        }
    }

    [Fact]
    public async Task Sampling_AloneOrInABatchOfMixedAdapters_GivesTheSameTokens()
    {
        using var model = TinyModel.Create();
        PolicyId[] policies = [model.Base, Trained(model, "a"), Trained(model, "b")];
        Task<GenerationResult> Sample(int i) => TinyModel.Generate(model, policies[i % 3], TinyModel.Row(i % 5, prompt: 3 + i % 5).PromptIds, 3 + i % 9, 1, [], seed: i);
        var alone = new List<GenerationResult>();
        for (var i = 0; i < 60; i++) alone.Add(await Sample(i));
        var together = await Task.WhenAll(Enumerable.Range(0, 60).Reverse().Select(Sample));
        for (var i = 0; i < 60; i++)
        {
            Assert.Equal(alone[i].Ids, together[59 - i].Ids);
            Assert.Equal(alone[i].LogProbs, together[59 - i].LogProbs);
        }

        Assert.True(alone.Select(r => string.Join(' ', r.Ids)).Distinct().Count() > 30);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Sampling_AnyThreadCount_GivesTheSameTokens(int threads)
    {
        var expected = await Sample(1);
        var sampled = await Sample(threads);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].Ids, sampled[i].Ids);
            Assert.Equal(expected[i].LogProbs, sampled[i].LogProbs);
        }

        // More sequences than a team computes together, so that they are shared out in parts too.
        async Task<GenerationResult[]> Sample(int count)
        {
            using var model = TinyModel.Create(options: new CpuModelOptions { Threads = count });
            return await Task.WhenAll(Enumerable.Range(0, 150).Select(i => TinyModel.Generate(model, model.Base, TinyModel.Row(i % 7, prompt: 1 + i % 7).PromptIds, 4, i % 3 * 0.5f, [], seed: i)));
        }
    }

    [Fact]
    public void Training_AnyThreadCount_GivesTheSameWeights()
    {
        string Train(int threads)
        {
            using var model = TinyModel.Create(options: new CpuModelOptions { Threads = threads, TokensPerMicroBatch = 64 });
            var rows = Enumerable.Range(0, 30).Select(i => TinyModel.Row(i, prompt: 1 + i % 11, completion: 1 + i % 4)).ToList();
            for (var step = 0; step < 3; step++)
            {
                model.AccumulateAsync(model.Base, rows, new NegativeLogLikelihood(0.1f)).Now();
                model.ApplyAsync(model.Base, new AdamWOptions()).Now();
            }

            return model.WeightsHashAsync().Now();
        }

        Assert.Equal(Train(1), Train(2));
        Assert.Equal(Train(1), Train(5));
    }

    [Fact]
    public void Training_ActivationsRecomputed_GivesTheSameWeights()
    {
        string Train(bool recompute, bool adapter)
        {
            using var model = TinyModel.Create(options: new CpuModelOptions { GradientCheckpointing = recompute });
            var policy = adapter ? model.AddAdapter("a", new SeedKey(1)) : model.Base;
            for (var step = 0; step < 3; step++)
            {
                model.AccumulateAsync(policy, [.. Enumerable.Range(0, 12).Select(i => TinyModel.Row(i, prompt: 1 + i))], new NegativeLogLikelihood(0.1f)).Now();
                model.ApplyAsync(policy, new AdamWOptions()).Now();
            }

            return model.WeightsHashAsync().Now();
        }

        Assert.Equal(Train(recompute: false, adapter: false), Train(recompute: true, adapter: false));
        Assert.Equal(Train(recompute: false, adapter: true), Train(recompute: true, adapter: true));
    }

    [Fact]
    public void Evaluate_RowsPermuted_GivesTheSameScores()
    {
        using var model = TinyModel.Create();
        var rows = Enumerable.Range(0, 23).Select(i => TinyModel.Row(i, prompt: 1 + i % 6)).ToList();
        var scores = model.ScoreAsync(model.Base, rows).Now();
        rows.Reverse();
        var reversed = model.ScoreAsync(model.Base, rows).Now();
        for (var i = 0; i < rows.Count; i++) Assert.Equal(scores[i].LogProbs, reversed[rows.Count - 1 - i].LogProbs);
    }

    [Fact]
    public async Task ChatClient_Response_CarriesTheTraceOfItsPrompt()
    {
        using var model = TinyModel.Create();
        var client = model.GetChatClient(model.Base);
        var response = await client.GetResponseAsync([new(ChatRole.User, "how many")], new ChatOptions { Seed = 4, MaxOutputTokens = 6, Temperature = 0.9f });
        var trace = TokenTrace.Of(response)!;
        Assert.Equal(model.Template.Render(model.Tokenizer, [new(ChatRole.User, "how many")]), trace.PromptIds);
        Assert.Equal(response.Usage!.OutputTokenCount, trace.CompletionIds.Length);
        Assert.Equal(0.9f, trace.Temperature);
        Assert.Equal(0, trace.WeightsVersion);
    }

    [Fact]
    public async Task ChatClient_Cancelled_StopsWaiting()
    {
        using var model = TinyModel.Create();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            model.GetChatClient(model.Base).GetResponseAsync([new(ChatRole.User, "how")], cancellationToken: cancelled.Token));
    }

    [Fact]
    public async Task ChatClient_PromptTooLong_NamesBothLengths()
    {
        using var model = TinyModel.Create();
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() =>
            model.GetChatClient(model.Base).GetResponseAsync([new(ChatRole.User, new string('x', 200))], new ChatOptions { MaxOutputTokens = 9 }));
        var prompt = model.Template.Render(model.Tokenizer, [new(ChatRole.User, new string('x', 200))]).Length;
        Assert.Contains("128 positions", error.Message, StringComparison.Ordinal);
        Assert.Contains(prompt.ToString(System.Globalization.CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
    }

    private static PolicyId Trained(LocalLanguageModel model, string name)
    {
        var policy = model.AddAdapter(name, new SeedKey(name[0]), new LoraOptions { Rank = name[0] - 'a' + 2 });
        model.AccumulateAsync(policy, [TinyModel.Row(name[0])], new NegativeLogLikelihood()).Now();
        model.ApplyAsync(policy, new AdamWOptions { LearningRate = 0.3 }).Now();
        return policy;
    }
}
