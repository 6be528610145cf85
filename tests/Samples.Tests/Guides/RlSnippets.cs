namespace AgentTeams.Tests;

/// <summary>The code of docs/rl.md, which must compile as it stands there.</summary>
internal static class RlSnippets
{
    public static async Task TrainAsync(TeamModels models, TaskSet<Problem> tasks, RewardComposer rewards, RlOptions options, IReadOnlyList<Trajectory> runs, LocalLanguageModel critic)
    {
        var trainer = new RlTrainer(models, new TreeSource<Problem>(tasks, [2, 2, 2]), RlOptions.Grpo with
        {
            Rewards = rewards,
            Credit = new TreeBackupCredit(),
            GroupKey = GroupKey.ByRole | GroupKey.Context,
        });
        await foreach (var step in trainer.TrainAsync()) Console.WriteLine($"{step.Step}: {step.Metrics["reward"]:0.00} in {step.Metrics["model_calls"]} calls");

        var update = await new RlTrainer<Problem>(models, tasks, options).UpdateAsync(ExperienceGroup.Of(runs));

        var run = runs[0];
        var twin = new Fork { Parent = run, Calls = new Dictionary<string, CallChange> { ["planner"] = CallChange.Resample } };
        var otherwise = (await new TaskForks<Problem>(tasks).RunAsync([twin]))[0];

        var central = RlOptions.Grpo with { Rewards = rewards, Advantage = new GaeAdvantage(), Critic = new CentralCritic(critic, critic.Base) };
        Console.WriteLine($"{update} {otherwise} {central}");
    }

    public static async Task VersionsAsync(TeamModels models, TaskSet<Problem> tasks, RlOptions options, LocalLanguageModel model, ITrajectoryStore store)
    {
        var pool = new CoPlayerSource<Problem>(tasks, new() { Seats = ["verifier"], Share = 0.5, Capacity = 4 });
        await foreach (var step in new RlTrainer(models, pool, options).TrainAsync())
        {
            if (step.Step % 20 == 19) pool.AddPastSelf(model, model.Base); // "team@20" sits in the verifier's seat from now on, and nobody learns from what it says
        }

        var speculative = new RlTrainer(models, new SpeculativeSource<Problem>(tasks, new RolloutOptions { Models = models, Store = store }), options);
        Console.WriteLine(speculative);
    }

    public static async Task WatchAsync(RlTrainer trainer)
    {
        var health = new TrainingHealth();
        await foreach (var step in trainer.TrainAsync())
        {
            foreach (var warning in health.Check(step)) Console.WriteLine($"{warning.Sign} {warning.Where} {warning.TrajectoryId}: {warning.Message}");
        }
    }

    internal sealed record Problem(string Id);
}
