namespace AgentTeams.Tests;

/// <summary>Rollouts that try first what was said last, and past selves in seats of the policy that learns.</summary>
public sealed class SpeculativeSourceTests
{
    private static readonly RlOptions s_options = RlOptions.Grpo with
    {
        Rewards = new RewardComposer().Add(new OutcomeReward(t => t.Nodes.Sum(n => n.Text.Length % 3))), Steps = 6, TasksPerStep = 2, GroupSize = 4, WarmupSteps = 0,
        Optimizer = new() { LearningRate = 0.01 },
    };

    [Fact]
    public async Task TrainAsync_SecondEpoch_TriesWhatTheSameCallSaidWhereItIsAskedTheSame()
    {
        using var duo = new Duo();
        var last = new Dictionary<(string, int), Trajectory>();
        var (asked, other) = (0, 0);
        await foreach (var step in new RlTrainer(duo.Models, Source(duo, new MemoryStore()), s_options).TrainAsync())
        {
            foreach (var run in step.Trajectories)
            {
                foreach (var node in run.Nodes)
                {
                    var same = last.GetValueOrDefault((run.TaskId, run.SampleIndex))?.Nodes.Single(n => n.Id == node.Id).Tokens is { } before && before.PromptIds.SequenceEqual(node.Tokens!.PromptIds);
                    Assert.Equal(same, node.Tokens!.AcceptedTokens is not null);
                    if (same) asked++;
                    else if (step.Step >= 2) other++;
                }

                last[(run.TaskId, run.SampleIndex)] = run;
            }

            Assert.Equal(step.Step >= 2, step.Metrics.ContainsKey("speculative/accepted_tokens"));
            if (step.Step >= 2) Assert.InRange(step.Metrics["speculative/accepted_tokens"], 0.05, 1);
            // Of an epoch of two steps.
            Assert.InRange(((IWeightVersions)duo.Models.GetModel(new("m"))).KeptVersions(new("m")).Count, 1, 3);
        }

        Assert.True(asked > 20 && other > 0, $"{asked} drafts, {other} calls that were asked something else");
    }

    [Fact]
    public async Task TrainAsync_KilledAndResumed_EndsWithTheSameWeights()
    {
        var whole = new Duo();
        using var _ = whole.Models;
        var all = await new RlTrainer(whole.Models, Source(whole, new MemoryStore()), s_options).TrainAsync().ToListAsync();

        var folder = Directory.CreateTempSubdirectory("speculative").FullName;
        try
        {
            var store = new MemoryStore();
            RlStep last;
            using (var first = new Duo())
            {
                last = (await new RlTrainer(first.Models, Source(first, store), s_options).TrainAsync().Take(3).ToListAsync())[^1];
                await new TrainingCheckpoints(folder).SaveAsync(3, first.Models, last.State);
            }

            using var resumed = new Duo();
            var restored = await new TrainingCheckpoints(folder).RestoreAsync<System.Text.Json.JsonElement?>(resumed.Models);
            var rest = await new RlTrainer(resumed.Models, Source(resumed, store), s_options).TrainAsync(3, restored!.Value.Note).ToListAsync();
            Assert.Equal(all.Skip(3).Select(s => s.Metrics["speculative/accepted_tokens"]), rest.Select(s => s.Metrics["speculative/accepted_tokens"]));
            Assert.Equal(await whole.Models.WeightsHashAsync(), await resumed.Models.WeightsHashAsync());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task TrainAsync_ResumedWithoutTheStore_IsRefused()
    {
        using var duo = new Duo();
        var last = (await new RlTrainer(duo.Models, Source(duo, new MemoryStore()), s_options).TrainAsync().Take(1).ToListAsync())[0];
        using var resumed = new Duo();
        var e = await Assert.ThrowsAsync<AgentTeamsException>(() => new RlTrainer(resumed.Models, Source(resumed, new MemoryStore()), s_options).TrainAsync(1, last.State).ToListAsync().AsTask());
        Assert.Contains("no store holds it", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SampleAsync_WithoutModels_IsRefused()
    {
        using var duo = new Duo();
        var request = new ExperienceRequest { Key = new SeedKey(1), Tasks = 1, GroupSize = 2, Judge = (runs, _) => Task.FromResult(runs) };
        Assert.Contains("RolloutOptions.Models", (await Assert.ThrowsAsync<AgentTeamsException>(() => new SpeculativeSource<string>(duo.Tasks, new()).SampleAsync(request))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TrainAsync_PastSelfInASeat_LearnsInTheOtherSeatOnly()
    {
        using var duo = new Duo();
        var policy = new PolicyId("m");
        var model = (IWeightVersions)duo.Models.GetModel(policy);
        var source = new CoPlayerSource<string>(duo.Tasks, new() { Seats = ["y"], Share = 1, Capacity = 2 });
        Assert.Equal("m@0", source.AddPastSelf(model, policy));
        var steps = await new RlTrainer(duo.Models, source, s_options).TrainAsync().ToListAsync();
        Assert.All(steps, step => Assert.False(step.Metrics.ContainsKey("y/rows")));
        Assert.All(steps, step => Assert.True(step.Metrics["x/rows"] > 0));
        var lastRun = steps[^1].Trajectories[0];
        Assert.Equal([new Seat("x", policy, 5), new Seat("y", policy, 0)], lastRun.Seats);

        source.AddPastSelf(model, policy);
        Assert.Equal([0, 6], model.KeptVersions(policy));
        Assert.Contains("'m@6' already", Assert.Throws<AgentTeamsException>(() => source.AddPastSelf(model, policy)).Message, StringComparison.Ordinal);
        await model.RestoreVersionAsync(policy, 0);
        Assert.Equal("m@7", source.AddPastSelf(model, policy));
        Assert.Equal(["m@6", "m@7"], source.Members);
        Assert.Equal([6, 7], model.KeptVersions(policy));
    }

    private static SpeculativeSource<string> Source(Duo duo, MemoryStore store) => new(duo.Tasks, new() { Models = duo.Models, Store = store });
}
