namespace AgentTeams.Tests;

/// <summary>Tests that watch the whole process, so nothing may run beside them.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;

[Collection(nameof(AloneInTheProcess))]
public sealed class AllocationTests
{
    [Fact]
    public async Task Sampling_OfManyTokens_AllocatesNothingPerToken()
    {
        var tokenizer = TinyModel.Tokenizer(280);
        using var model = CpuLanguageModel.Create(new() { Id = "tiny", Config = TinyModel.Config(300) with { MaxPositions = 1024 }, Tokenizer = tokenizer, Template = new MinimalChatTemplate(), Seed = new SeedKey(1) });
        await TinyModel.Generate(model, model.Base, Ids(0), 900, 1, []);
        var few = await AllocatedBy(model, 100);
        var many = await AllocatedBy(model, 900);
        // An id and a log-probability a token, in the request's buffers and in its result; these are sized once, not token by token.
        Assert.InRange(many - few, long.MinValue, 800 * 8 * 2 + 8192);
    }

    private static async Task<long> AllocatedBy(LocalLanguageModel model, int tokens)
    {
        var least = long.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            var prompt = Ids(tokens + i);
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await TinyModel.Generate(model, model.Base, prompt, tokens, 1, []);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        return least;
    }

    private static int[] Ids(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 9).Select(_ => random.Next(3, 260))];
    }
}
