using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using AgentTeams.Models;
using AgentTeams.Rl;
using Microsoft.Extensions.AI;

namespace AgentTeams.KillMcp;

/// <summary>A training whose tool is a calculator on a server that is killed meanwhile: it must learn what an undisturbed one learns.</summary>
internal static class KilledTraining
{
    private const int Steps = 20;

    public static async Task<string> RunAsync(Victims victims)
    {
        var undisturbed = await TrainAsync(victims.Mark);
        var (before, isOver, answered) = (victims.Killed, false, 0);
        var killing = Task.Run(async () =>
        {
            // Each once the server answered again: one that is killed faster than it starts lets nobody go on.
            for (var seen = 0; !Volatile.Read(ref isOver);)
            {
                await victims.PauseAsync(400);
                if (Volatile.Read(ref answered) != seen && victims.KillServer()) seen = Volatile.Read(ref answered);
            }
        });
        var disturbed = await TrainAsync(victims.Mark, () => Interlocked.Increment(ref answered));
        Volatile.Write(ref isOver, true);
        await killing;
        if (victims.Killed == before) throw new KillTestException("the training was over before anything was killed");
        if (!undisturbed.SequenceEqual(disturbed)) throw new KillTestException($"the training went otherwise: {string.Join(' ', disturbed)} in place of {string.Join(' ', undisturbed)}");
        await victims.EnsureLeftAsync(0, "after the training");
        return $"{victims.Killed - before} kills under a training of {Steps} steps: mean reward {undisturbed[0]} to {undisturbed[^2]}, the weights as undisturbed ({undisturbed[^1]})";
    }

    private static async Task<List<string>> TrainAsync(string mark, Action? answered = null)
    {
        await using var server = await McpToolset.ConnectStdioAsync(Victims.Server(mark));
        Problem[] problems = [new("6 apples and 2 more", 8), new("6 pens, 2 lost", 4), new("6 bags of 2 nuts", 12)];
        var coder = new Role { Name = "coder", Options = new() { ResponseSchema = JsonSerializer.SerializeToElement(new { @enum = (string[])["+", "-", "*"] }) } };
        var wf = Workflow.CreateBuilder<Sum>("sums");
        var code = wf.AddRole(coder, s => s.Question, (s, reply) => s with { Operator = reply.Text.Trim('"') });
        var calculate = wf.AddTool(new Heard(server["calculate"], answered), s => new { left = 6, op = s.Operator, right = 2 }, (s, result) => s with { Value = result.Text },
            new() { MaxCallRetries = 20, RetryDelay = TimeSpan.FromMilliseconds(20) });
        wf.Start(code).Then(calculate);
        var workflow = wf.Build();
        var model = CpuLanguageModel.Create(LocalModelOptions.FromTexts("tiny", problems.Select(p => p.Question), new SeedKey(1)));
        using var models = new TeamModels(new Team("sums", [coder], ModelMap.Full(model.Id, "coder")), [model]);
        var tasks = TaskSet.Create(problems, p => p.Question, Rollouts.From(workflow, models, (Problem p) => new Sum(p.Question), s => s.Value));
        var rewards = new RewardComposer().Add(tasks.Outcome((p, trajectory) => trajectory.Outcome == p.Answer.ToString(CultureInfo.InvariantCulture) ? 1 : 0));
        var steps = new List<string>();
        await foreach (var step in new RlTrainer<Problem>(models, tasks, RlOptions.Grpo with { Rewards = rewards, Steps = Steps, Optimizer = new() { LearningRate = 3e-3 } }).TrainAsync())
            steps.Add(string.Create(CultureInfo.InvariantCulture, $"{step.Metrics["reward"]:0.00}"));
        steps.Add(HashOf(model));
        return steps;
    }

    private static string HashOf(LocalLanguageModel model)
    {
        var folder = Directory.CreateTempSubdirectory("kill-mcp");
        try
        {
            model.SavePretrained(folder.FullName);
            return Convert.ToHexStringLower(SHA256.HashData(folder.GetFiles("*.safetensors").OrderBy(f => f.Name, StringComparer.Ordinal).SelectMany(f => File.ReadAllBytes(f.FullName)).ToArray()))[..16];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed class Heard(AIFunction tool, Action? answered) : DelegatingAIFunction(tool)
    {
        protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
        {
            var result = await base.InvokeCoreAsync(arguments, cancellationToken);
            answered?.Invoke();
            return result;
        }
    }

    private sealed record Problem(string Question, int Answer);

    private sealed record Sum(string Question, string Operator = "", string Value = "");
}
