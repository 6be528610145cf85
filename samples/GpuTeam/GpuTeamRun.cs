using System.Globalization;
using AgentTeams.Models.Torch;
using Microsoft.Extensions.AI;

namespace AgentTeams.Samples.GpuTeam;

/// <summary>Success on held-out tasks, reinforcement learning of the three adapters, success again.</summary>
internal static class GpuTeamRun
{
    private const string ModelId = "base";
    private const int GeneratedTasks = 400;

    public static async Task<int> RunAsync(GpuTeamOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await RunCheckedAsync(options, cancellationToken);
            return 0;
        }
        catch (AgentTeamsException e)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}");
            return 1;
        }
    }

    private static async Task RunCheckedAsync(GpuTeamOptions options, CancellationToken cancellationToken)
    {
        var (train, test) = Tasks(options);
        // The line that loads the model is the only one that names an engine.
        var model = options.Model is { } folder ? TorchLanguageModel.Load(ModelId, folder, options: options.Torch) : RandomModel(train, options);
        foreach (var role in new[] { GsmTeam.Planner, GsmTeam.Coder, GsmTeam.Verifier })
            model.AddAdapter(role, new SeedKey(options.Seed, "init", Task: role), new LoraOptions { Rank = options.Rank, Alpha = 2 * options.Rank });
        Console.WriteLine($"{(options.Model is null ? "a small random model (give --model for a real one)" : options.Model)} on {model.Device}");
        var team = GsmTeam.Create(ModelId, Math.Min(options.MaxTokens, model.Config.MaxPositions / 4));
        using var models = new TeamModels(team, [model]);
        await using var calculator = await McpToolset.ConnectStdioAsync(CalculatorServer.Options(), cancellationToken);

        var byId = train.Concat(test).ToDictionary(t => t.Id, StringComparer.Ordinal);
        var trainer = new RlTrainer<GsmTask>(models, TaskSet.Create(train, t => t.Id, Rollout(models, calculator["calculate"], temperature: 1)), new RlOptions
        {
            Rewards = GsmTeam.Rewards(byId), Seed = options.Seed, GroupKey = GroupKey.ByRoleAndTurn,
            Steps = options.Steps, TasksPerStep = options.TasksPerStep, GroupSize = options.GroupSize,
            Optimizer = new AdamWOptions { LearningRate = options.LearningRate },
        });
        var greedy = Rollout(models, calculator["calculate"], temperature: 0);
        Report("before", await EvaluateAsync());
        await foreach (var step in trainer.TrainAsync(cancellationToken: cancellationToken))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"step {step.Step}: reward {step.Metrics["reward"]:0.000}, rollout {step.RolloutTime.TotalSeconds:0.0} s, update {step.UpdateTime.TotalSeconds:0.0} s"));
        }

        Report("after", await EvaluateAsync());
        if (options.Save is { } save) model.SavePretrained(save);

        async Task<SuccessRate> EvaluateAsync()
        {
            var trajectories = await new RolloutRunner<GsmTask>(greedy, t => t.Id).RunAsync(test, 1, new SeedKey(options.Seed, "eval"), cancellationToken);
            return SuccessRate.Of(trajectories, t => byId[t.TaskId].IsAnswer(t.Outcome));
        }
    }

    private static Rollout<GsmTask> Rollout(TeamModels models, AIFunction calculator, float temperature) =>
        Rollouts.From(GsmTeam.Define(models.Team, calculator, temperature), models, (GsmTask task) => new GsmState(task.Question), s => s.Value);

    private static (IReadOnlyList<GsmTask> Train, IReadOnlyList<GsmTask> Test) Tasks(GpuTeamOptions options)
    {
        var all = options.Data is { } path ? GsmTask.Load(path) : GsmTask.Generate(GeneratedTasks, new SeedKey(options.Seed, "tasks"));
        var held = options.Test is { } test ? GsmTask.Load(test) : [.. all.Skip(all.Count - all.Count / 10)];
        var train = options.Test is null ? [.. all.Take(all.Count - held.Count)] : all;
        return train.Count > 0 && held.Count > 0
            ? (train, [.. held.Take(options.TestTasks)])
            : throw new AgentTeamsException($"There are {train.Count} training tasks and {held.Count} held-out ones. Give at least 10 tasks, or a --test file.");
    }

    private static LocalLanguageModel RandomModel(IReadOnlyList<GsmTask> tasks, GpuTeamOptions options)
    {
        var tokenizer = BpeTrainer.Train(tasks.Select(t => t.Question), 400, MinimalChatTemplate.SpecialTokens, []);
        var config = new ModelConfig
        {
            VocabularySize = tokenizer.VocabularySize, HiddenSize = 64, IntermediateSize = 176, Layers = 2, Heads = 4, KeyValueHeads = 2, HeadSize = 16, MaxPositions = 1024,
            EndOfSequenceId = tokenizer.GetId(MinimalChatTemplate.End),
        };
        return TorchLanguageModel.Create(new() { Id = ModelId, Config = config, Tokenizer = tokenizer, Template = new MinimalChatTemplate(), Seed = new SeedKey(options.Seed, "init") }, options.Torch);
    }

    private static void Report(string when, SuccessRate rate) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"success {when}: {rate.Rate:P1} [{rate.Interval.Low:P1}, {rate.Interval.High:P1}] of {rate.Trials}"));
}
