namespace AgentTeams.Tests;

public sealed class RolloutRunnerTests : IDisposable
{
    private static readonly SeedKey s_key = new(1, "rl");
    private readonly MemoryStore _store = new();
    private readonly RecordingLogger _log = new();

    public void Dispose() => _log.Dispose();

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
    public async Task RunAsync_OtherInstructionsMappingOrTemplate_SamplesAnewAndSaysSo()
    {
        using var first = new Bandit();
        await Run(first);
        using var told = new Bandit(instructions: "Be odd.");
        await Run(told);
        Assert.Equal(8, told.Runs.Count);
        using var mapped = new Bandit(map: ModelMap.Adapters("m", "x", "y"));
        await Run(mapped);
        Assert.Equal(8, mapped.Runs.Count);
        using var templated = new Bandit(template: ChatTemplate.FromDelegate("minimal", (messages, _) => string.Concat(messages.Select(m => m.Text))));
        await Run(templated);
        Assert.Equal(8, templated.Runs.Count);
        Assert.Equal(3, _log.Messages.Count);
        Assert.All(_log.Messages, l => Assert.Contains("roles, tools, mapping or chat template", l, StringComparison.Ordinal));
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
        Assert.Contains("RolloutOptions is not valid: Store is given without Models", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_StoredRunWasBrokenBySurroundings_IsRunAgainOnceTheyAreMended()
    {
        using var bandit = new Bandit();
        var isDown = new System.Runtime.CompilerServices.StrongBox<bool>(true);
        Rollout<string> rollout = async (task, key, token) => await bandit.RolloutAsync(task, key, token) is var run && isDown.Value && task == "a"
            ? run with { Status = TrajectoryStatus.Failed, Error = new("HttpRequestException", "the server is down") }
            : run;
        await Run(bandit, rollout);
        await Run(bandit, rollout);
        Assert.Equal(8 + 2, _store.Count);
        isDown.Value = false;
        var mended = await Run(bandit, rollout);
        Assert.All(mended, t => Assert.Equal(TrajectoryStatus.Completed, t.Status));
        Assert.Equal(8 + 2 + 2, _store.Count);

        // What was run last is found again by its own id.
        Assert.Equal(mended.Select(t => t.Id), (await Run(bandit, rollout)).Select(t => t.Id));
        Assert.Equal(8 + 2 + 2, bandit.Runs.Values.Sum());
    }

    [Fact]
    public async Task RunAsync_StoredRunFailedForWhatARoleWrote_IsReused()
    {
        using var bandit = new Bandit();
        Rollout<string> invalid = async (task, key, token) => await bandit.RolloutAsync(task, key, token) with
        {
            Status = TrajectoryStatus.Failed, Error = new("InvalidAnswerException", "no number", FailureCause.Policy),
        };
        await Run(bandit, invalid);
        await Run(bandit, invalid);
        Assert.All(bandit.Runs.Values, n => Assert.Equal(1, n));
    }

    [Fact]
    public async Task RunAsync_RolloutThatIgnoresItsKey_IsRefusedInsteadOfLosingRuns()
    {
        using var bandit = new Bandit();
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => Run(bandit, (task, _, token) => bandit.RolloutAsync(task, new SeedKey(7), token)));
        Assert.Contains("seed key", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flag")]
    [InlineData("workflow")]
    [InlineData("schema")]
    [InlineData("list")]
    [InlineData("object")]
    [InlineData("method")]
    public async Task RunAsync_OtherCapturedState_SamplesAnew(string kind)
    {
        using var bandit = new Bandit();
        Rollout<string> With(string prompt)
        {
            var flag = prompt == "one";
            var workflow = Asking(prompt);
            var schema = System.Text.Json.JsonSerializer.SerializeToElement(new { type = prompt });
            List<string> list = ["same", prompt];
            var prompter = new Prompter(prompt, bandit);
            return kind switch
            {
                "flag" => Flagged(flag),
                "workflow" => Holding(workflow),
                "schema" => Holding(schema),
                "list" => Holding(list),
                "object" => Holding(prompter),
                _ => prompter.RolloutAsync,
            };
        }

        Rollout<string> Flagged(bool flag) => (task, key, token) => bandit.RolloutAsync(flag ? task : task + "", key, token);
        Rollout<string> Holding<T>(T held) => (task, key, token) => bandit.RolloutAsync(held is null ? "" : task, key, token);
        await Run(bandit, With("one"));
        await Run(bandit, With("one"));
        Assert.All(bandit.Runs.Values, n => Assert.Equal(1, n));
        await Run(bandit, With("two"));
        Assert.All(bandit.Runs.Values, n => Assert.Equal(2, n));
    }

    private static Workflow<string> Asking(string prompt)
    {
        var draft = Workflow.CreateBuilder<string>("asking");
        draft.Start(draft.AddRole(new Role { Name = "x" }, s => prompt + s, (s, _) => s));
        return draft.Build();
    }

    private sealed class Prompter(string prompt, Bandit bandit)
    {
        private int _runs;

        public Task<Trajectory> RolloutAsync(string task, SeedKey key, CancellationToken token)
        {
            _runs++;
            return bandit.RolloutAsync(prompt.Length + _runs > 0 ? task : "", key, token);
        }
    }

    private Task<IReadOnlyList<Trajectory>> Run(Bandit bandit, Rollout<string>? rollout = null, string fingerprint = "") =>
        new RolloutRunner<string>(rollout ?? bandit.RolloutAsync, t => t, new() { Store = _store, Models = bandit.Models, LoggerFactory = _log, Fingerprint = fingerprint })
            .RunAsync(Bandit.Tasks, 2, s_key);
}
