using Microsoft.Agents.AI;
using Microsoft.Agents.AI.Workflows;

namespace AgentTeams.Tests;

public sealed class TrainingTests
{
    [Fact]
    public async Task Concurrent_TrainedThreeTimes_WeightsAreEqual()
    {
        async Task<(string Before, string After)> Train()
        {
            var model = LocalModel.Create();
            var agents = new[] { "left", "right" }.Select(name => new ChatClientAgent(
                model.GetChatClient(model.Base).AsAgentClient(), new ChatClientAgentOptions { Name = name, ChatOptions = new() { MaxOutputTokens = 3 } })).ToArray();
            using var models = new TeamModels(new Team("pair", agents.Select(a => a.AsRole()), ModelMap.Full("tiny", "left", "right")), [model]);
            var before = await models.WeightsHashAsync();
            var rollout = RecordedWorkflows.Rollout("pair", recorder => AgentWorkflowBuilder.BuildConcurrent([.. agents.Select(a => a.Recorded(recorder))]), (string task) => task,
                outputs => string.Join('|', outputs.OfType<IEnumerable<Microsoft.Extensions.AI.ChatMessage>>().SelectMany(m => m).Select(m => m.Text).Order(StringComparer.Ordinal)));
            var options = RlOptions.Grpo with { Steps = 3, TasksPerStep = 2, GroupSize = 8, Rewards = new RewardComposer().Add(new OutcomeReward(t => t.Outcome!.Length % 7)) };
            await foreach (var _ in new RlTrainer<string>(models, TaskSet.Create(["hello", "call"], t => t, rollout), options).TrainAsync()) { }
            return (before, await models.WeightsHashAsync());
        }

        var first = await Train();
        Assert.NotEqual(first.Before, first.After);
        Assert.Equal([first.After, first.After], new[] { (await Train()).After, (await Train()).After });
    }
}
