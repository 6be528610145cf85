using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The code of docs/getting-started.md, as it stands there, from top to bottom; tests run it.</summary>
internal static class GettingStartedSnippets
{
    public static IReadOnlyList<Problem> Problems()
    {
        Problem[] problems =
        [
            new("6 apples and 2 more", 8), new("6 pens, 2 lost", 4), new("6 bags of 2 nuts", 12), new("2 more than 6", 8), new("2 less than 6", 4),
        ];
        return problems;
    }

    public static (Role Coder, Role Verifier) Roles()
    {
        var coder = new Role { Name = "coder", Instructions = "Write the operator.", Options = OneOf("+", "-", "*") };
        var verifier = new Role { Name = "verifier", Instructions = "Is the value right?", Options = OneOf("accept", "retry") };

        static RoleOptions OneOf(params string[] choices) => new() { ResponseSchema = JsonSerializer.SerializeToElement(new { @enum = choices }) };

        return (coder, verifier);
    }

    public static Role RoleWithTool()
    {
        var temperature = AIFunctionFactory.Create((string city) => city == "Rome" ? 24 : 18, "temperature", "Degrees Celsius in a city.");
        var reporter = new Role { Name = "reporter", Instructions = "Ask the tool, then say it in a sentence.", Tools = [temperature] };
        return reporter;
    }

    public static Workflow<MathState> Define(Role coder, Role verifier)
    {
        var calculate = AIFunctionFactory.Create((string op) => op switch { "\"+\"" => 6 + 2, "\"-\"" => 6 - 2, _ => 6 * 2 }, "calculate");

        var wf = Workflow.CreateBuilder<MathState>("code-verify");
        var code = wf.AddRole(coder, s => $"{s.Question} {s.Operator}", (s, reply) => s with { Operator = reply.Text, Round = s.Round + 1 },
            validate: (s, reply) => reply.Text == s.Operator ? $"{s.Operator} was turned down before." : null,
            options: new()
            {
                MaxAnswers = 5,
                Timeout = TimeSpan.FromMinutes(1),
                MaxCallRetries = 2,
                OnError = new(Workflow.End, (s, error) => s with { Trouble = error.Message }),
            });
        var compute = wf.AddTool(calculate, s => new { op = s.Operator }, (s, result) => s with { Value = result.Text });
        var verify = wf.AddRole(verifier, s => $"{s.Question} {s.Operator} {s.Value}", (s, reply) => s with { Verdict = reply.Text });

        wf.Start(code).Then(compute).Then(verify);
        wf.Branch(verify, b => b
            .When(s => s.Verdict == "\"accept\"", Workflow.End, "accepted")
            .When(s => s.Round == 3, Workflow.End, "given up")
            .Otherwise(code, "retry"));
        var workflow = wf.Build();
        return workflow;
    }

    public static (LocalLanguageModel Model, IChatClient Client) Model(IReadOnlyList<Problem> problems)
    {
        var model = CpuLanguageModel.Create(LocalModelOptions.FromTexts("tiny", problems.Select(p => p.Question), new SeedKey(1)));
        IChatClient chatClient = model.GetChatClient(model.Base);
        return (model, chatClient);
    }

    public static async Task<MathState> RunAsync(Workflow<MathState> workflow, IChatClient chatClient)
    {
        var runtime = TeamRuntime.ForAll(chatClient);
        var result = await workflow.RunAsync(new MathState("6 apples and 2 more"), runtime);
        Console.WriteLine($"{result.State.Value} after {result.Steps} steps");

        await foreach (var e in workflow.StreamAsync(new MathState("6 pens, 2 lost"), runtime, new() { StreamReplies = true }))
        {
            if (e is ReplyDelta delta) Console.Write(delta.Update.Text);
            if (e is NodeRetrying retrying) Console.WriteLine($"{e.NodeId} once more: {retrying.Error.Message}");
            if (e is NodeCompleted completed) Console.WriteLine($"{e.NodeId} done, branch {completed.Branch ?? "none"}");
            if (e is WorkflowFailed failed) Console.WriteLine(failed.Exception.Message);
        }

        var solve = workflow.Bind((string question) => new MathState(question), s => s.Value);
        string value = await solve.RunAsync("2 more than 6", runtime);
        AIFunction tool = solve.AsAIFunction(runtime);
        Console.WriteLine($"{value} {tool.Name}");
        return result.State;
    }

    public static async Task<Trajectory> RecordAsync(Workflow<MathState> workflow, TeamRuntime runtime)
    {
        var recorded = await workflow.RecordAsync(new MathState("6 apples and 2 more"), runtime, new() { Seed = new SeedKey(1, Task: "problem-1") });
        foreach (var node in recorded.Trajectory.Nodes) Console.WriteLine(node);
        return recorded.Trajectory;
    }

    public static string Folder()
    {
        var run = Directory.CreateDirectory("runs/math").FullName;
        return run;
    }

    public static async Task<(SuccessRate Before, SuccessRate After)> TrainAsync(
        IReadOnlyList<Problem> problems, Role coder, Role verifier, Workflow<MathState> workflow, LocalLanguageModel model, string run)
    {
        var team = new Team("math", [coder, verifier], ModelMap.Full("tiny", "coder", "verifier"));
        using var models = new TeamModels(team, [model]);

        var tasks = TaskSet.Create(problems, p => p.Question, Rollouts.From(workflow, models, (Problem p) => new MathState(p.Question), s => s.Value));
        var rewards = new RewardComposer()
            .Add(tasks.Outcome((p, trajectory) => trajectory.Outcome == $"{p.Answer}" ? 1 : 0))
            .Add(new DelegateReward("patience", t => [Reward.ForTrajectory("patience", -t.Nodes.Max(n => n.Turn))]), weight: 0.2);

        var options = new RlOptions { Rewards = rewards, Seed = 1, Steps = 20, Optimizer = new() { LearningRate = 3e-3 } };
        var before = await MeasureAsync(0);
        await foreach (var step in new RlTrainer<Problem>(models, tasks, options).TrainAsync())
            Console.WriteLine($"{step.Step}: {step.Metrics["reward"]:0.00}");
        var after = await MeasureAsync(options.Steps);
        Console.WriteLine($"{before.Rate:0.00} -> {after.Rate:0.00}, 95 % between {after.Interval.Low:0.00} and {after.Interval.High:0.00}");
        model.SavePretrained(Path.Combine(run, "trained"));

        async Task<SuccessRate> MeasureAsync(int done)
        {
            var trajectories = await new RolloutRunner<Problem>(tasks.Rollout, tasks.GetId).RunAsync(tasks.Tasks, samples: 8, new SeedKey(1, "eval", done));
            return SuccessRate.Of(trajectories, t => t.Outcome == $"{tasks[t.TaskId].Answer}");
        }

        return (before, after);
    }

    public static async Task KeepAsync(TeamModels models, TaskSet<Problem> tasks, RlOptions options, string run)
    {
        var checkpoints = new TrainingCheckpoints(Path.Combine(run, "checkpoints"));
        using var store = await JsonlTrajectoryStore.OpenAsync(Path.Combine(run, "trajectories.jsonl"));
        var done = (await checkpoints.RestoreAsync<string>(models))?.Step ?? 0;
        using var reference = await checkpoints.ReferenceAsync(models, done);
        var kept = options with { Store = store, Reference = reference, Loss = new PolicyGradientLoss { KlCoefficient = 0.01 } };
        await foreach (var step in new RlTrainer<Problem>(models, tasks, kept).TrainAsync(firstStep: done))
            await checkpoints.SaveAsync(step.Step + 1, models, "a note");
    }

    public static async Task SuperviseAsync(LocalLanguageModel model, TeamModels models, Role coder, string run)
    {
        TrainingRow Row(Role role, string prompt, string reply) => new()
        {
            Role = role.Name,
            PromptIds = model.Template.Render(model.Tokenizer, [new(ChatRole.System, role.Instructions), new(ChatRole.User, prompt)]),
            CompletionIds = [.. model.Tokenizer.Encode(reply), model.Config.EndOfSequenceId],
        };

        var rows = new Dictionary<PolicyId, IReadOnlyList<TrainingRow>>
        {
            [models.Team.Models["coder"]] = [Row(coder, "6 apples and 2 more ", "\"+\""), Row(coder, "6 pens, 2 lost ", "\"-\"")],
        };
        var none = new Dictionary<PolicyId, IReadOnlyList<TrainingRow>>();
        var trainer = new SftTrainer(models, new SftOptions { MaxEpochs = 10, Patience = null }, bestDirectory: Path.Combine(run, "best"));
        var epochs = await trainer.TrainAsync(rows, validation: none, new SeedKey(1, "sft"));
        Console.WriteLine($"{epochs[0].TrainLoss:0.00} -> {epochs[^1].TrainLoss:0.00} nats per token");
    }

    internal sealed record Problem(string Question, int Answer);
    internal sealed record MathState(string Question, string Operator = "", string Value = "", string Verdict = "", int Round = 0, string Trouble = "");
}
