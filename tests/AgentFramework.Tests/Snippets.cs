using Microsoft.Agents.AI;
using Microsoft.Agents.AI.Workflows;

namespace AgentTeams.Tests;

/// <summary>The code of docs/agent-framework.md, as it stands there.</summary>
internal static class Snippets
{
    public static Microsoft.Agents.AI.Workflows.Workflow Before(AIAgent planner, AIAgent coder)
    {
        var workflow = AgentWorkflowBuilder.BuildSequential(planner, coder);
        return workflow;
    }

    public static async Task<Trajectory> AfterAsync(AIAgent planner, AIAgent coder, string question)
    {
        var recorder = new AgentRecorder("plan-code", new SeedKey(1, Task: question));
        var workflow = AgentWorkflowBuilder.BuildSequential(planner.Recorded(recorder), coder.Recorded(recorder));
        var trajectory = await recorder.RecordAsync(workflow, question);
        return trajectory;
    }

    public static AIAgent Local(LocalLanguageModel model)
    {
        var planner = new ChatClientAgent(model.GetChatClient(model.Base).AsAgentClient(), "Name the operation.", "planner");
        return planner;
    }

    public static async Task TrainAsync(LocalLanguageModel model, AIAgent planner, AIAgent coder, Problem[] problems, int steps)
    {
        var team = new Team("math", [planner.AsRole(), coder.AsRole()], ModelMap.Full(model.Id, "planner", "coder"));
        using var models = new TeamModels(team, [model]);
        var rollout = RecordedWorkflows.Rollout("math",
            recorder => AgentWorkflowBuilder.BuildSequential(planner.Recorded(recorder), coder.Recorded(recorder)), (Problem p) => p.Question);
        var tasks = TaskSet.Create(problems, p => p.Question, rollout);
        var rewards = new RewardComposer().Add(tasks.Outcome((p, trajectory) => trajectory.Outcome == p.Answer ? 1 : 0));
        await foreach (var step in new RlTrainer<Problem>(models, tasks, RlOptions.Grpo with { Rewards = rewards, Steps = steps }).TrainAsync())
            Console.WriteLine(step.Metrics["reward"]);
    }

    internal sealed record Problem(string Question, string Answer);
}
