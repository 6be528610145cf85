namespace AgentTeams.Tests;

public sealed class RolloutRunnerTests
{
    private static readonly SeedKey s_key = new(1, "rl");
    private readonly MemoryStore _store = new();
    private readonly RecordingLogger _log = new();

    [Fact]
    public async Task RunAsync_SameWeightsTeamAndCode_ReusesWhatIsStored()
    {
        using var first = new Bandit();
        var sampled = await Run(first);
        using var second = new Bandit();
        var found = await Run(second);
        Assert.Empty(second.Runs);
        Assert.Equal(sampled.Select(t => t.Id), found.Select(t => t.Id));
        Assert.Empty(_log.Messages);
    }

    [Fact]
    public async Task RunAsync_OtherWeights_SamplesAnewAndSaysSo()
    {
        using var first = new Bandit(seed: 1);
        await Run(first);
        using var second = new Bandit(seed: 2);
        var sampled = await Run(second);
        Assert.Equal(8, second.Runs.Count);
        Assert.Equal(16, _store.Count);
        Assert.Contains("8 stored rollout(s) were made with other weights; they are sampled anew", Assert.Single(_log.Messages), StringComparison.Ordinal);

        // The second set is found again by its own ids.
        using var third = new Bandit(seed: 2);
        Assert.Equal(sampled.Select(t => t.Id), (await Run(third)).Select(t => t.Id));
        Assert.Empty(third.Runs);
    }

    [Fact]
    public async Task RunAsync_OtherInstructionsOrMapping_SamplesAnewAndSaysSo()
    {
        using var first = new Bandit();
        await Run(first);
        using var told = new Bandit(instructions: "Be odd.");
        await Run(told);
        Assert.Equal(8, told.Runs.Count);
        using var mapped = new Bandit(map: ModelMap.Adapters("m", "x", "y"));
        await Run(mapped);
        Assert.Equal(8, mapped.Runs.Count);
        Assert.All(_log.Messages, l => Assert.Contains("roles, tools or mapping", l, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("one", "other", "")]
    [InlineData("one", "one", "prompts v2")]
    public async Task RunAsync_OtherCapturedPromptOrFingerprint_SamplesAnew(string prompt, string otherPrompt, string fingerprint)
    {
        using var bandit = new Bandit();
        Rollout<string> With(string text) => (task, key, token) => bandit.RolloutAsync(text.Length > 0 ? task : "", key, token);
        await Run(bandit, With(prompt));
        await Run(bandit, With(prompt));
        Assert.All(bandit.Runs.Values, n => Assert.Equal(1, n));
        await Run(bandit, With(otherPrompt), fingerprint);
        Assert.All(bandit.Runs.Values, n => Assert.Equal(2, n));
        Assert.Contains("workflow or prompts", Assert.Single(_log.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_OneRolloutThrows_NoQueuedOneStartsAndFinishedOnesAreStored()
    {
        using var bandit = new Bandit();
        var started = 0;
        Task<Trajectory> Failing(string task, SeedKey key, CancellationToken token) =>
            Interlocked.Increment(ref started) == 3 ? throw new InvalidOperationException("no such tool") : bandit.RolloutAsync(task, key, token);
        var runner = new RolloutRunner<string>(Failing, t => t, new() { Store = _store, Models = bandit.Models, MaxConcurrency = 1 });
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => runner.RunAsync(Bandit.Tasks, 2, s_key));
        Assert.Equal("no such tool", error.Message);
        Assert.Equal((3, 2), (started, _store.Count));
    }

    [Fact]
    public void Constructor_StoreWithoutModels_SaysWhatIsMissing()
    {
        using var bandit = new Bandit();
        var error = Assert.Throws<AgentTeamsException>(() => new RolloutRunner<string>(bandit.RolloutAsync, t => t, new() { Store = _store }));
        Assert.Contains("RolloutOptions.Models", error.Message, StringComparison.Ordinal);
    }

    private Task<IReadOnlyList<Trajectory>> Run(Bandit bandit, Rollout<string>? rollout = null, string fingerprint = "") =>
        new RolloutRunner<string>(rollout ?? bandit.RolloutAsync, t => t, new() { Store = _store, Models = bandit.Models, Logger = _log, Fingerprint = fingerprint })
            .RunAsync(Bandit.Tasks, 2, s_key);
}
