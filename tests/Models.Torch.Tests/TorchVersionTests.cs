namespace AgentTeams.Tests;

/// <summary>Weights may be exchanged while they are sampled, and drafts of older ones are tried first.</summary>
public sealed class TorchVersionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Apply_CallsAreUnderWay_EachIsOfTheVersionItNames(bool isAdapter)
    {
        using var model = TorchModels.Create();
        var policy = isAdapter ? model.AddAdapter("a", new SeedKey(3)) : model.Base;
        var prompt = TorchModels.Ids(1, 40);
        var kept = model.KeepVersion(policy);
        var mixed = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => model.Scheduler.Enqueue(new()
        {
            Policy = policy, PromptIds = prompt, MaxTokens = 12, Temperature = 1, Seed = i, StopIds = [], CancellationToken = CancellationToken.None,
            // The scheduler asks between two passes whether a completion has ended; there the weights change.
            IsStopped = ids =>
            {
                if (i == 2 && ids.Length == 5) Train(model, policy);
                return false;
            },
        })));
        Assert.All(mixed, m => Assert.Equal(kept, m.WeightsVersion));
        var after = await TinyModel.Generate(model, policy, prompt, 12, 1, []);
        Assert.Equal(kept + 1, after.WeightsVersion);
        AssertScored(model, policy, prompt, after);

        var drafted = await model.Scheduler.Enqueue(new()
        {
            Policy = policy, PromptIds = prompt, MaxTokens = 12, Temperature = 1, Seed = 9, StopIds = [], CancellationToken = CancellationToken.None,
            Draft = new() { Ids = mixed[0].Ids, LogProbs = mixed[0].LogProbs, Temperature = 1, Version = kept },
        });
        Assert.Equal(mixed[0].Ids[..drafted.AcceptedTokens!.Value], drafted.Ids[..drafted.AcceptedTokens.Value]);
        AssertScored(model, policy, prompt, drafted);

        await model.RestoreVersionAsync(policy, kept);
        foreach (var result in mixed) AssertScored(model, policy, prompt, result);
    }

    private static void Train(LocalLanguageModel model, PolicyId policy)
    {
        model.AccumulateAsync(policy, [TinyModel.Row(1)], new NegativeLogLikelihood(0.1f)).Now();
        model.ApplyAsync(policy, new AdamWOptions { LearningRate = 0.01 }).Now();
    }

    private static void AssertScored(LocalLanguageModel model, PolicyId policy, int[] prompt, GenerationResult result)
    {
        var scores = model.ScoreAsync(policy, [new() { PromptIds = prompt, CompletionIds = result.Ids }]).Now()[0].LogProbs;
        for (var t = 0; t < scores.Length; t++) Assert.Equal(scores[t], result.LogProbs[t], 1e-4f);
    }
}
