using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Microsoft.SemanticKernel.Agents.Orchestration.Sequential;
using Microsoft.SemanticKernel.Agents.Runtime.InProcess;

namespace AgentTeams.Tests;

/// <summary>The code of docs/semantic-kernel.md and of the README's second snippet, as it stands there.</summary>
internal static class Snippets
{
    public static async Task<string> RunAsync(ChatCompletionAgent planner, ChatCompletionAgent coder, string question, InProcessRuntime runtime)
    {
        var orchestration = new SequentialOrchestration(planner, coder);
        var result = await orchestration.InvokeAsync(question, runtime);
        var answer = await result.GetValueAsync();
        return answer;
    }

    public static async Task<string> RunRecordedAsync(ChatCompletionAgent planner, ChatCompletionAgent coder, string question, InProcessRuntime runtime, ITrajectoryStore store)
    {
        var recorder = new AgentRecorder("plan-code", new SeedKey(1, Task: question));
        var orchestration = new SequentialOrchestration(planner.Recorded(recorder), coder.Recorded(recorder));
        var result = await orchestration.InvokeAsync(question, runtime);
        var answer = await result.GetValueAsync();
        await store.AppendAsync([recorder.ToTrajectory(answer)]);
        return answer;
    }

    public static IKernelBuilder OwnClient(IKernelBuilder builder, IChatClient client)
    {
        builder.Services.AddSingleton(client.AsBuilder().UseKernelFunctionInvocation().UseTrajectoryRecording().Build());
        return builder;
    }

    public static IKernelBuilder Remote(IChatClient remoteClient)
    {
        var builder = Kernel.CreateBuilder();
        builder.Services.AddKeyedSingleton<IChatClient>("coder", remoteClient);
        return builder;
    }

    public static IKernelBuilder Local(string folder)
    {
        var builder = Kernel.CreateBuilder();
        builder.AddLocalModel("base", folder, model =>
        {
            model.Adapters["planner"] = null;
            model.Adapters["coder"] = "adapters/coder";
        });
        return builder;
    }

    public static async Task<Trajectory> ReadmeAsync(string question, InProcessRuntime runtime)
    {
        var builder = Kernel.CreateBuilder();
        builder.AddLocalModel("tiny", "models/tiny");
        var planner = new ChatCompletionAgent { Name = "planner", Instructions = "Name the operations.", Kernel = builder.Build() };
        var coder = new ChatCompletionAgent { Name = "coder", Instructions = "Write the expression.", Kernel = planner.Kernel };
        var recorder = new AgentRecorder("plan-code", new SeedKey(1, Task: question));
        var orchestration = new SequentialOrchestration(planner.Recorded(recorder), coder.Recorded(recorder));
        var answer = await (await orchestration.InvokeAsync(question, runtime)).GetValueAsync();
        var trajectory = recorder.ToTrajectory(answer);
        return trajectory;
    }

    public static async Task<string?> AskAsync(ChatCompletionAgent planner, string task)
    {
        string? answer = null;
        await foreach (var item in planner.InvokeAsync(task)) answer = item.Message.Content;
        return answer;
    }

    public static async Task TrainAsync(ChatCompletionAgent planner, ITrainableModel model, IReadOnlyList<string> tasks, IReadOnlyDictionary<string, string> answers, RlOptions options)
    {
        var team = new Team("math", [planner.AsRole()], ModelMap.Full(model.Id, "planner"));
        using var models = new TeamModels(team, [model]);
        var rollout = RecordedOrchestrations.Rollout("math", recorder => new SequentialOrchestration(planner.Recorded(recorder)), (string task) => task);
        var rewards = new RewardComposer().Add(new OutcomeReward(t => t.Outcome == answers[t.TaskId] ? 1 : 0));
        var trainer = new RlTrainer<string>(models, TaskSet.Create(tasks, t => t, rollout), options with { Rewards = rewards });
        await foreach (var step in trainer.TrainAsync()) Console.WriteLine(step.Metrics["reward"]);
    }
}
