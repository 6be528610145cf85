using AgentTeams;
using Microsoft.Extensions.AI;

namespace MyTeam.Tests;

public class MathTeamTests
{
    [Fact]
    public async Task Workflow_ScriptedReplies_HandsThePlanOn()
    {
        using var client = new Scripted("\"add\"", "\"+\"");

        var result = await MathTeam.CreateWorkflow().RunAsync(new MathState("6 apples and 2 more"), TeamRuntime.ForAll(client));

        Assert.Equal("+", result.State.Operator);
        Assert.Contains("6 apples and 2 more: \"add\"", client.Asked[1]);
    }

    [Fact]
    public async Task Training_ThirtySteps_RewardRises()
    {
        using var model = Training.CreateModel(seed: 1);
        var rewards = new List<double>();
        await foreach (var reward in Training.RunAsync(model, steps: 30)) rewards.Add(reward);

        Assert.True(rewards[^5..].Average() > rewards[..5].Average());
    }

    private sealed class Scripted(params string[] replies) : IChatClient
    {
        public List<string> Asked { get; } = [];

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            Asked.Add(messages.Last().Text);
            return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, replies[Asked.Count - 1])));
        }

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose() { }
    }
}
