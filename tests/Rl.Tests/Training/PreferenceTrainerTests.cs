using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class PreferenceTrainerTests
{
    private static readonly PreferenceTrainerOptions s_options = new() { Epochs = 8, BatchSize = 4, WarmupSteps = 1, Optimizer = new() { LearningRate = 0.01 } };

    // What a role is to say to each letter, and what not.
    private static PreferencePair[] Pairs(params string[] roles) =>
        [.. roles.SelectMany(role => Bandit.Tasks.Select((t, i) => new PreferencePair(role, t, i % 2 == 0 ? "a" : "b", i % 2 == 0 ? "b" : "a") { Task = t }))];

    private static PreferencePair[] TeamPairs() => [.. Bandit.Tasks.Select((t, i) => new PreferencePair(
        [new("x", t, i % 2 == 0 ? "a" : "b"), new("y", t, "c")], [new("x", t, i % 2 == 0 ? "b" : "a"), new("y", t, "d")]))];

    private static async Task<List<PreferenceEpoch>> TrainAsync(Bandit bandit, PreferencePair[] pairs, PreferenceTrainerOptions options, KlReference? reference = null, int firstEpoch = 0)
    {
        using var own = reference is null ? await KlReference.TakeAsync(bandit.Models) : null;
        var epochs = new List<PreferenceEpoch>();
        await foreach (var epoch in new PreferenceTrainer(bandit.Models, options).TrainAsync(pairs, reference ?? own!, new SeedKey(1, "prefer"), firstEpoch)) epochs.Add(epoch);
        return epochs;
    }

    public static TheoryData<int> Losses => [0, 1, 2, 3];

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task TrainAsync_AnyPreferenceLoss_RaisesTheBetterAboveTheWorse(int which)
    {
        ITokenLoss loss = which switch { 0 => new DpoLoss(), 1 => new DpoLoss { Form = PreferenceForm.Ipo, Beta = 0.3 }, 2 => new DpoLoss { Form = PreferenceForm.Hinge }, _ => new KtoLoss { Beta = 0.5 } };
        using var bandit = new Bandit();
        var epochs = await TrainAsync(bandit, Pairs("x", "y"), s_options with { Loss = loss });
        Assert.Equal(8, epochs.Count);
        Assert.Equal((0, 2), (epochs[0].Epoch, epochs[0].Updates));
        Assert.Equal((7, 16), (epochs[^1].Epoch, epochs[^1].Updates));
        Assert.InRange(epochs[^1].Metrics["m/rewards/accuracies"], which == 3 ? 0.7 : 1, 1);
        Assert.True(epochs[^1].Metrics["m/rewards/chosen"] > epochs[^1].Metrics["m/rewards/rejected"]);
        Assert.True(epochs[^1].Metrics["m/loss"] < epochs[0].Metrics["m/loss"]);
    }

    [Fact]
    public async Task TrainAsync_Resumed_EndsWithTheSameWeights()
    {
        using var whole = new Bandit();
        await TrainAsync(whole, Pairs("x"), s_options with { Epochs = 3, Schedule = LearningRateSchedule.Linear });
        using var parts = new Bandit();
        using var reference = await KlReference.TakeAsync(parts.Models);
        var pairs = Pairs("x");
        await foreach (var epoch in new PreferenceTrainer(parts.Models, s_options with { Epochs = 3, Schedule = LearningRateSchedule.Linear }).TrainAsync(pairs, reference, new SeedKey(1, "prefer")))
        {
            if (epoch.Epoch == 0) break;
        }

        Assert.NotEqual(whole.Models.WeightsHashAsync().Now(), parts.Models.WeightsHashAsync().Now());
        var rest = await TrainAsync(parts, pairs, s_options with { Epochs = 3, Schedule = LearningRateSchedule.Linear }, reference, firstEpoch: 1);
        Assert.Equal([1, 2], rest.Select(e => e.Epoch));
        Assert.Equal(whole.Models.WeightsHashAsync().Now(), parts.Models.WeightsHashAsync().Now());
    }

    [Fact]
    public async Task TrainAsync_TeamPairsOfSeparatePolicies_RaiseTheJointMargin()
    {
        using var bandit = new Bandit(map: ModelMap.Separate("x", "y"));
        var epochs = await TrainAsync(bandit, TeamPairs(), s_options with { Epochs = 6 });
        Assert.All(["x", "y"], p => Assert.Equal(1, epochs[^1].Metrics[$"{p}/rewards/accuracies"]));
        // Both see one joint margin, of which each knows the chosen and rejected parts of its own.
        Assert.Equal(epochs[^1].Metrics["x/rewards/margins"], epochs[^1].Metrics["y/rewards/margins"], 1e-6);
        Assert.Equal(epochs[^1].Metrics["x/loss"], epochs[^1].Metrics["y/loss"], 1e-6);
    }

    [Fact]
    public async Task UpdatesAsync_SeparatePolicies_TellEachWhatTheOtherAdds()
    {
        using var bandit = new Bandit(map: ModelMap.Separate("x", "y"));
        using var other = new Bandit(seed: 9, map: ModelMap.Separate("x", "y"));
        using var reference = await KlReference.TakeAsync(other.Models);
        var batches = new PreferenceBatches(bandit.Models, new DpoLoss(), reference);
        await batches.AddAsync([.. TeamPairs(), .. Pairs("x")], CancellationToken.None);
        var updates = await batches.UpdatesAsync([1, 3, 4], CancellationToken.None);
        double Margin(string policy, string coupling)
        {
            var rows = updates[new(policy)].Where(r => r.Coupling == coupling).ToArray();
            var scores = bandit.Models.GetModel(new(policy)).ScoreAsync(new(policy), rows).Now();
            return rows.Zip(scores, (r, s) => r.Advantages[0] * s.LogProbs.Zip(r.ReferenceLogProbs, (p, q) => (double)p - q).Sum()).Sum();
        }

        foreach (var pair in new[] { "pair 1", "pair 3" })
        {
            Assert.NotEqual(0, Margin("y", pair));
            Assert.All(updates[new("x")].Where(r => r.Coupling == pair), r => Assert.Equal(Margin("y", pair), r.MarginOffset, 1e-9));
            Assert.All(updates[new("y")].Where(r => r.Coupling == pair), r => Assert.Equal(Margin("x", pair), r.MarginOffset, 1e-9));
        }

        Assert.All(updates[new("x")].Where(r => r.Coupling == "pair 4"), r => Assert.Equal(0, r.MarginOffset));
        Assert.All(updates.Values.SelectMany(u => u).SelectMany(r => r.Weights), w => Assert.Equal(1 / 3f, w));
    }

    [Fact]
    public async Task UpdatesAsync_Kto_EstimatesTheDivergenceOnRepliesToOtherQuestions()
    {
        using var bandit = new Bandit();
        using var other = new Bandit(seed: 9);
        using var reference = await KlReference.TakeAsync(other.Models);
        var batches = new PreferenceBatches(bandit.Models, new KtoLoss(), reference);
        await batches.AddAsync(Pairs("x"), CancellationToken.None);
        var rows = (await batches.UpdatesAsync([0, 1, 2, 3], CancellationToken.None))[new("m")];
        TrainingRow[] mismatched = [.. rows.Select((r, i) => r with { CompletionIds = rows[(i + 2) % 8].CompletionIds, Weights = [], ReferenceLogProbs = [] })];
        Task<IReadOnlyList<TokenScores>> Score(Bandit by) => by.Models.GetModel(new("m")).ScoreAsync(new("m"), mismatched);
        var divergence = (await Score(bandit)).Zip(await Score(other), (n, b) => n.LogProbs.Sum(p => (double)p) - b.LogProbs.Sum(p => (double)p)).Average();
        Assert.NotEqual(0, divergence);
        Assert.All(rows, r => Assert.Equal(-Math.Max(0, divergence), r.MarginOffset, 1e-5));
        Assert.All(rows, r => Assert.Equal((null, 0.125f), (r.Coupling, r.Weights[0])));
    }

    [Fact]
    public void Rows_OfFrozenRoles_ArePassedOverAndPairsOfNothingElseRefused()
    {
        using var bandit = new Bandit();
        using var remote = new ScriptedChatClient("c");
        using var models = new TeamModels(new Team("half", bandit.Models.Team.Roles.Select(r => r.Name == "y" ? r with { Trainable = false } : r), ModelMap.Full("m", "x").WithFrozen("remote", "y")), bandit.Models.Models, new Dictionary<string, IChatClient> { ["remote"] = remote }, leaveOpen: true);
        var rows = PreferenceRows.From(models, TeamPairs());
        Assert.Equal(["x"], Assert.Single(rows).Value.Select(r => r.Role).Distinct());
        Assert.Equal([1f, -1f], rows[new("m")].Take(2).Select(r => r.Advantages[0]));
        Assert.Contains("holds only calls of roles on frozen models (y)", Assert.Throws<AgentTeamsException>(() => PreferenceRows.From(models, Pairs("y"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TrainAsync_NothingToLearnOrALossOfSomethingElse_IsRefused()
    {
        using var bandit = new Bandit();
        Assert.Contains("no preference pairs", (await Assert.ThrowsAsync<AgentTeamsException>(() => TrainAsync(bandit, [], new()))).Message, StringComparison.Ordinal);
        var options = new PreferenceTrainerOptions { Loss = new SftLoss(), Epochs = -1, BatchSize = 0, WarmupSteps = -1 };
        var message = (await Assert.ThrowsAsync<AgentTeamsException>(() => TrainAsync(bandit, Pairs("x"), options))).Message;
        Assert.All(["Loss judges no preferences", "Epochs is -1;", "BatchSize is 0;", "WarmupSteps is -1;"], p => Assert.Contains(p, message, StringComparison.Ordinal));
    }
}
