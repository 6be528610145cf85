using AgentTeams.Runs;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The code of docs/losses.md, as it stands there.</summary>
internal static class LossesSnippets
{
    public static RlOptions Options(RewardComposer rewards)
    {
        var options = RlOptions.Grpo with
        {
            Rewards = rewards,
            Loss = new PolicyGradientLoss { ClipHigh = 0.28, KlCoefficient = 0.01, EntropyCoefficient = 0.001 },
            Aggregation = LossAggregation.TokenMean,
            MiniBatches = 2,
        };
        return options;
    }

    public static RlOptions ActorCritic(LocalLanguageModel model, RewardComposer rewards)
    {
        model.AddValueHead(model.Base);
        var actorCritic = RlOptions.Grpo with
        {
            Rewards = rewards,
            Advantage = new GaeAdvantage { Lambda = 0.95 },
            Loss = LossSum.Of(new PolicyGradientLoss(), new ValueLoss { Clip = 0.2 }, coefficient: 0.5),
        };
        return actorCritic;
    }

    public static RlOptions Strict(RlOptions options)
    {
        var strict = options with
        {
            ImportanceCorrection = new() { Level = ImportanceLevel.Sequence, Bound = ImportanceBound.Mask, Low = 0.5, High = 2, Veto = 1e-4 },
        };
        return strict;
    }

    public static ITrainingStage[] Stages<TTask>(TaskSet<TTask> tasks, RewardComposer rewards)
    {
        var stages = new ITrainingStage[]
        {
            Stage.CollectPreferences("compare", tasks, rewards, new() { Samples = 8 }),
            Stage.Prefer("prefer", "compare", new() { Loss = new DpoLoss { Beta = 0.1 }, Epochs = 2 }),
            Stage.Prefer("shown", [new("coder", "6 apples and 2 more: add", chosen: "+", rejected: "-")]),
        };
        return stages;
    }

    public static async Task PreferAsync(TeamModels models, IReadOnlyList<Trajectory> runs)
    {
        using var reference = await KlReference.TakeAsync(models);
        PreferencePair[] pairs = [.. PreferencePair.From(runs, minMargin: 0.5), .. PreferencePair.OfTeams(runs)];
        await foreach (var epoch in new PreferenceTrainer(models, new() { Loss = new DpoLoss() }).TrainAsync(pairs, reference, new SeedKey(1, "prefer")))
            Console.WriteLine($"{epoch.Epoch}: {epoch.Metrics["m/rewards/accuracies"]:P0}");
    }

    public static async Task<IEnumerable<SftExample>> ImitateAsync(IReadOnlyList<Trajectory> runs, IReadOnlyList<Trajectory> good, IChatClient teacher)
    {
        var relabelled = await SftExample.RelabelAsync(SftExample.From(runs, "coder"), teacher, new SeedKey(1, "teach"));
        var solo = SftExample.From(good).Select(e => e.As("solo"));
        var peer = SftExample.From(good, "coder").Select(e => e.As("reviewer"));
        return [.. relabelled, .. solo, .. peer];
    }

    public static async Task<TrainingResult?> DistilAsync<TTask>(TeamModels models, ITrainableModel large, TaskSet<TTask> tasks, RewardComposer rewards)
    {
        using var judge = KlReference.From(models, await large.SnapshotAsync(large.Policies[0]));
        var distil = Stage.Reinforce("distil", tasks, RlOptions.Grpo with { Rewards = rewards, Loss = new DistillationLoss(), Reference = judge });
        return await new TrainingPlan("distil", models) { Stages = [distil] }.RunAsync(new() { Folder = "runs/distil" });
    }
}
