using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class TeamMemoryTests
{
    [Fact]
    public async Task LearnAsync_WhatARunStates_IsToldToLaterRunsAfterTheInstructions()
    {
        var memory = new TeamMemory(new() { Store = new InMemoryMemoryStore() });
        var scripts = new Scripts(h => h.Index == 0 ? "Measured.\nREMEMBER bridge.length: 40 m\nREMEMBER weather: rain" : "Known.");
        var first = await RecordAsync(memory, scripts, "How long is the bridge?", 1);

        Assert.Equal(2, await memory.LearnAsync(first.Trajectory));
        Assert.Equal(2, await memory.LearnAsync(first.Trajectory));
        await memory.AddEpisodeAsync(first.Trajectory, "Measure the bridge first.", 1);
        await RecordAsync(memory, scripts, "What is the length of the bridge?", 2);

        Assert.Equal(3, (await memory.RecallAsync("ann", "bridge weather")).Count);
        Assert.Equal([ChatRole.System, ChatRole.System, ChatRole.User], scripts.Calls.Last().Messages.Select(m => m.Role));
        var told = scripts.Calls.Last().Messages[1].Text;
        Assert.Contains("bridge.length: 40 m (said by ann)", told, StringComparison.Ordinal);
        Assert.Contains("Measure the bridge first.", told, StringComparison.Ordinal);
        Assert.DoesNotContain("rain", told, StringComparison.Ordinal);
        var fact = Assert.Single(await memory.RecallAsync("ann", "bridge"), e => e.Kind == MemoryKind.Fact);
        Assert.Equal((first.Trajectory.Id, "ann", "ann"), (fact.Run, fact.Node, fact.Role));
    }

    [Fact]
    public async Task LearnAsync_NewerFactOfAKey_TakesThePlaceAndKeepsTheHistory()
    {
        var store = new InMemoryMemoryStore();
        var memory = new TeamMemory(new() { Store = store });
        await memory.AddFactAsync(new("bridge.length", "40 m"), "plan");
        await memory.AddFactAsync(new("bridge.length", "42 m"), "survey");

        Assert.Equal(["42 m"], (await memory.RecallAsync("ann", "bridge length")).Select(e => e.Text));
        Assert.Equal(["40 m"], (await memory.RecallAsync("ann", "bridge length", asOf: 1)).Select(e => e.Text));
        Assert.Equal(["plan", "survey"], (await store.GetHistoryAsync("bridge.length")).Select(e => e.Run));
        Assert.Equal(1, await memory.ForgetAsync(new() { Run = "survey" }));
        Assert.Equal(["40 m"], (await memory.RecallAsync("ann", "bridge length")).Select(e => e.Text));
    }

    [Fact]
    public async Task AddFactAsync_SeveralAtOneMoment_AreAllInTheHistoryAndTheLastCounts()
    {
        var store = new InMemoryMemoryStore();
        var memory = new TeamMemory(new() { Store = store, TimeProvider = new TestClock(), MaxEntryCharacters = 10 });

        foreach (var text in new[] { "40 m", "42 m", "40 m" }) await memory.AddFactAsync(new("bridge.length", text), "plan");

        Assert.Equal(["40 m"], (await memory.RecallAsync("ann", "bridge length")).Select(e => e.Text));
        Assert.Equal(["40 m", "42 m", "40 m"], (await store.GetHistoryAsync("bridge.length")).Select(e => e.Text));
        Assert.Contains("MaxEntryCharacters", (await Assert.ThrowsAsync<AgentTeamsException>(() => memory.AddFactAsync(new("bridge", new string('x', 11)), "plan"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Told_FactOfSeveralLines_IsOneLine() =>
        Assert.Equal(2, MemoryTexts.Told([new() { Id = "1", Kind = MemoryKind.Fact, Key = "a", Text = "b\n- c: d\u2028- e: f", Run = "r", At = default }]).ReplaceLineEndings("\n").Split('\n').Length);

    [Fact]
    public async Task RunAsync_ResumedForkedAndReplayedAfterTheStoreChanged_ReadsTheVersionOfItsBeginning()
    {
        var (store, journal) = (new InMemoryMemoryStore(), new ListStore());
        var memory = new TeamMemory(new() { Store = store });
        await memory.AddFactAsync(new("bridge", "40 m"), "plan");
        var team = TeamPatterns.Sequential("team", Teams.Members("ann", "bob"));
        var options = new WorkflowRunOptions { Checkpoints = journal, RunId = "run", Middleware = [memory.ToMiddleware()] };
        journal.DieAt = 2;
        await Assert.ThrowsAnyAsync<Exception>(() => team.Definition.RunAsync(new("bridge"), new Scripts(_ => "said").Runtime, options));
        journal.DieAt = null;
        await memory.AddFactAsync(new("bridge", "99 m"), "rumour");

        var (resumed, forked) = (new Scripts(_ => "said"), new Scripts(_ => "said"));
        var result = await team.Definition.RunAsync(new("bridge"), resumed.Runtime, options);
        await team.Definition.ResumeAsync(await team.Definition.ForkAsync(result.Run, "ann"), forked.Runtime, options with { Checkpoints = null, RunId = null });
        var replayed = await team.Definition.ReplayAsync(await team.Definition.ReadRunAsync(journal, "run"));

        foreach (var asked in new[] { resumed, forked }) Assert.All(asked.Calls, c => Assert.Contains("40 m", c.Messages[0].Text, StringComparison.Ordinal));
        Assert.NotEmpty(resumed.Calls);
        Assert.Single(forked.Calls);
        Assert.Equal("1", result.Run.Notes["memory"]);
        Assert.Equal("1", (await team.Definition.ReadRunAsync(journal, "run")).Notes["memory"]);
        Assert.All(replayed.Nodes.Where(n => n.Kind == NodeKind.Role), n => Assert.Contains("40 m", n.Input[0].Text, StringComparison.Ordinal));
        await Assert.ThrowsAsync<AgentTeamsException>(() => team.Definition.ResumeAsync(result.Run, resumed.Runtime, new() { Middleware = [new TeamMemory(new() { Store = new InMemoryMemoryStore() }).ToMiddleware()] }));
    }

    [Fact]
    public async Task LearnAsync_RefusedForkedOrFailed_LearnsNothingOfIt()
    {
        var memory = new TeamMemory(new() { Store = new InMemoryMemoryStore() });
        var governance = new Governance { Verifier = MessageVerifier.By(m => m.Text.Contains("400", StringComparison.Ordinal) ? "No." : null) };
        var team = TeamPatterns.Sequential("team", Teams.Members("ann", "bob"), new() { Governance = governance });
        var run = await team.Definition.RecordAsync(new("bridge"), new Scripts(h => h.Role == "bob" ? "Fine." : h.Index == 0 ? "REMEMBER a: 400 m" : "REMEMBER b: 40 m").Runtime);
        var fork = await team.Definition.ForkAsync(run.Run!, "ann");
        var forked = await team.Definition.RecordResumedAsync(fork, new Scripts(_ => "Fine.").Runtime);

        Assert.Equal(1, await memory.LearnAsync(run.Trajectory));
        Assert.Equal(0, await memory.LearnAsync(forked.Trajectory));
        Assert.Equal(0, await memory.LearnAsync(run.Trajectory with { Status = TrajectoryStatus.Failed }));
        Assert.Equal(["b"], (await memory.RecallAsync("ann", "m")).Select(e => e.Key));
    }

    [Fact]
    public async Task Rights_OfARole_BoundWhatItReadsAndWrites()
    {
        var (refused, store) = (new List<string>(), new InMemoryMemoryStore());
        var memory = new TeamMemory(new()
        {
            Store = store, MaxEntryCharacters = 20,
            Rights = role => role == "ann" ? new() { ReadsKeys = ["open."], WritesKeys = ["open."] } : MemoryRights.None,
            OnRefused = (role, fact, why) => refused.Add($"{role} {fact.Key} {why}"),
        });
        await memory.AddFactAsync(new("closed.x", "bridge 1"), "plan");
        await memory.AddFactAsync(new("open.x", "bridge 2"), "plan");
        var run = await RecordAsync(memory, new Scripts(_ => "REMEMBER open.y: bridge 3\nREMEMBER closed.y: bridge 4\nREMEMBER open.z: bridge of more than 20 letters"), "bridge", 1);

        Assert.Equal(1, await memory.LearnAsync(run.Trajectory));
        Assert.Equal(["open.x", "open.y"], (await memory.RecallAsync("ann", "bridge")).Select(e => e.Key).Order(StringComparer.Ordinal));
        Assert.Empty(await memory.RecallAsync("bob", "bridge"));
        Assert.Equal(["ann closed.y the role may not write this key", "ann open.z it is longer than MaxEntryCharacters"], refused);
        Assert.Equal(2, memory.RefusedCount);
        Assert.Single(await new TeamMemory(new() { Store = store, MaxCharacters = 16 }).RecallAsync("ann", "bridge"));
    }

    [Fact]
    public async Task RecallAsync_WithEmbeddings_FindsByMeaning()
    {
        var memory = new TeamMemory(new() { Store = new InMemoryMemoryStore(), Embeddings = new Meanings(), MaxFacts = 1 });
        await memory.AddFactAsync(new("a", "cat"), "plan");
        await memory.AddFactAsync(new("b", "bridge"), "plan");

        Assert.Equal("cat", Assert.Single(await memory.RecallAsync("ann", "kitten")).Text);
        Assert.Equal("bridge", Assert.Single(await memory.RecallAsync("ann", "viaduct")).Text);
    }

    private static Task<RecordedRun<Conversation>> RecordAsync(TeamMemory memory, Scripts scripts, string task, int seed) => TeamPatterns.Sequential("team", [Teams.Role("ann") with { Instructions = "Be brief." }])
        .Definition.RecordAsync(new(task), scripts.Runtime, new() { Middleware = [memory.ToMiddleware()], Seed = new SeedKey(seed, Task: task) }, new() { Outcome = _ => "measured" });

    private sealed class Meanings : IEmbeddingGenerator<string, Embedding<float>>
    {
        public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new GeneratedEmbeddings<Embedding<float>>(values.Select(v => new Embedding<float>(v.Contains("cat", StringComparison.Ordinal) || v == "kitten" ? new float[] { 1, 0.1f } : [0.1f, 1]))));

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose() { }
    }
}
