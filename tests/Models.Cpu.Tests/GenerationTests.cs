namespace AgentTeams.Tests;

/// <summary>What the scheduler and the paged cache save, share and refuse.</summary>
public sealed class GenerationTests
{
    private static ModelConfig Long { get; } = TinyModel.Config(300) with { MaxPositions = 1024 };

    [Fact]
    public async Task Sampling_EightOfOnePrompt_PrefillsItOnce()
    {
        using var model = Create();
        var prompt = Ids(1, 256);
        var alone = new List<GenerationResult>();
        using (var other = Create())
        {
            for (var i = 0; i < 8; i++) alone.Add(await TinyModel.Generate(other, other.Base, [.. prompt[..255], prompt[255]], 12, 1, [], seed: i));
        }

        var together = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => TinyModel.Generate(model, model.Base, [.. prompt], 12, 1, [], seed: i)));
        Assert.Equal(256, model.Statistics.PrefilledTokens);
        Assert.Equal(8 * 256, model.Statistics.PromptTokens);
        Assert.Equal(7 / 8.0, model.Statistics.PrefixHitRate);
        Assert.Equal((double)model.Statistics.GeneratedTokens / model.Statistics.Passes, model.Statistics.TokensPerPass);
        Assert.InRange(model.Statistics.TokensPerPass, 1, 8);
        AssertEqual(alone, together);
    }

    [Fact]
    public async Task Sampling_CommonInstructions_ArePrefilledOnce()
    {
        using var model = Create();
        var instructions = Ids(2, 64);
        var prompts = Enumerable.Range(0, 6).Select(i => (int[])[.. instructions, .. Ids(10 + i, 5 + i)]).ToList();
        await Task.WhenAll(prompts.Select(p => TinyModel.Generate(model, model.Base, p, 4, 1, [])));
        Assert.Equal(64 + prompts.Sum(p => p.Length - 64), model.Statistics.PrefilledTokens);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    public async Task Sampling_PrefillInPieces_GivesTheSameTokens(int tokensPerPass)
    {
        using var whole = Create();
        using var pieces = Create(new CpuModelOptions { PrefillTokensPerPass = tokensPerPass, Threads = 3 });
        Task<GenerationResult[]> Run(LocalLanguageModel model) => Task.WhenAll(Enumerable.Range(0, 9).Select(i => TinyModel.Generate(model, model.Base, Ids(i % 4, 20 + 9 * i), 8, 1, [], seed: i)));
        AssertEqual(await Run(whole), await Run(pieces));
    }

    [Fact]
    public async Task Sampling_64ChatsOverThreeAdapters_EachGetsWhatItGetsAlone()
    {
        using var model = Create(new CpuModelOptions { MaxConcurrentSequences = 20 });
        PolicyId[] policies = [.. new[] { "a", "b", "c" }.Select(name => model.AddAdapter(name, new SeedKey(name[0])))];
        foreach (var policy in policies)
        {
            model.AccumulateAsync(policy, [TinyModel.Row(policy.Adapter![0])], new NegativeLogLikelihood()).Now();
            model.ApplyAsync(policy, new AdamWOptions { LearningRate = 0.3 }).Now();
        }

        Task<GenerationResult> Chat(int i) => TinyModel.Generate(model, policies[i % 3], Ids(i % 11, 3 + 7 * (i % 9)), 3 + i % 17, 0.8f, [7], seed: i);
        var together = await Task.WhenAll(Enumerable.Range(0, 64).Select(Chat));
        for (var i = 0; i < 64; i++) AssertEqual([await Chat(i)], [together[i]]);
    }

    [Fact]
    public async Task Sampling_LittleCacheMemory_WaitsForRoomAndGivesTheSameTokens()
    {
        using var ample = Create();
        // Room for about four of the sequences.
        using var scarce = Create(new CpuModelOptions { CacheMemory = 20 * PageBytes, PrefixMemory = 4 * PageBytes });
        Task<GenerationResult[]> Run(LocalLanguageModel model) => Task.WhenAll(Enumerable.Range(0, 30).Select(i => TinyModel.Generate(model, model.Base, Ids(i % 13, 30 + i), 20, 1, [], seed: i)));
        AssertEqual(await Run(ample), await Run(scarce));
    }

    [Fact]
    public async Task Sampling_MoreThanTheCacheHolds_IsRefusedWithTheNumbers()
    {
        using var model = Create(new CpuModelOptions { CacheMemory = 4 * PageBytes });
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => TinyModel.Generate(model, model.Base, Ids(1, 60), 20, 1, []));
        Assert.Contains("the 64 positions", error.Message, StringComparison.Ordinal);
        await TinyModel.Generate(model, model.Base, Ids(1, 30), 20, 1, []);
    }

    [Fact]
    public async Task Sampling_RequestCancelledWhileOthersWait_LetsThemGoOn()
    {
        using var model = Create(new CpuModelOptions { MaxConcurrentSequences = 2, MaxQueuedRequests = 3 });
        using var cancelled = new CancellationTokenSource();
        Task<GenerationResult> Start(int i, CancellationToken token) => model.Scheduler.Enqueue(new GenerationRequest
        {
            Policy = model.Base, PromptIds = Ids(i, 20), MaxTokens = 200, Temperature = 1, Seed = i, StopIds = [], CancellationToken = token,
        });
        var tasks = Enumerable.Range(0, 12).Select(i => Start(i, i % 2 == 0 ? cancelled.Token : CancellationToken.None)).ToList();
        await cancelled.CancelAsync();
        for (var i = 0; i < tasks.Count; i++)
        {
            if (i % 2 == 1) Assert.Equal(200, (await tasks[i]).Ids.Length);
            else await Task.WhenAny(tasks[i]);
        }

        Assert.All(tasks, t => Assert.True(t.IsCompleted));
    }

    private static long PageBytes => new PageLayout(Long).Size * sizeof(float);

    private static LocalLanguageModel Create(CpuModelOptions? options = null) =>
        CpuLanguageModel.Create(new() { Id = "tiny", Config = Long, Tokenizer = TinyModel.Tokenizer(280), Template = new MinimalChatTemplate(), Seed = new SeedKey(1) }, options);

    private static int[] Ids(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(3, 260))];
    }

    private static void AssertEqual(IEnumerable<GenerationResult> expected, IEnumerable<GenerationResult> actual)
    {
        Assert.Equal(expected.SelectMany(r => r.Ids), actual.SelectMany(r => r.Ids));
        Assert.Equal(expected.SelectMany(r => r.LogProbs), actual.SelectMany(r => r.LogProbs));
    }
}
