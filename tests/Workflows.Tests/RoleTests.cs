using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class RoleTests
{
    [Fact]
    public async Task Ask_RoleOptions_ReachTheModel()
    {
        using var schema = JsonDocument.Parse("""{"type":"object"}""");
        var role = Helpers.Role("solo") with
        {
            Instructions = "Be brief.",
            Options = new() { Temperature = 0.5f, TopP = 0.9f, TopK = 40, Reasoning = new() { Effort = ReasoningEffort.Low }, MaxOutputTokens = 7, StopSequences = ["END"], ResponseSchema = schema.RootElement },
        };
        using var client = new ScriptedChatClient("ok");

        var result = await Helpers.OneRole(role).RunAsync(new(), Helpers.Runtime(client));

        var call = Assert.Single(client.Calls);
        Assert.Equal([ChatRole.System, ChatRole.User], call.Messages.Select(m => m.Role));
        Assert.Equal((0.5f, 0.9f, 40, 7), (call.Options.Temperature, call.Options.TopP, call.Options.TopK, call.Options.MaxOutputTokens));
        Assert.Equal(ReasoningEffort.Low, call.Options.Reasoning?.Effort);
        Assert.Equal(["END"], call.Options.StopSequences);
        Assert.IsType<ChatResponseFormatJson>(call.Options.ResponseFormat);
        Assert.Equal(["Be brief.", "question"], result.Nodes[0].Input.Select(m => m.Text));
    }

    [Theory]
    [InlineData(MemoryPolicy.None, 2)]
    [InlineData(MemoryPolicy.Conversation, 4)]
    public async Task Ask_SecondVisit_SeesWhatTheMemoryPolicySays(MemoryPolicy memory, int messages)
    {
        var role = Helpers.Role("solo") with { Instructions = "Hi.", Memory = memory };
        using var client = new ScriptedChatClient("one", "two");
        var wf = Workflow.CreateBuilder<Counter>("memory");
        var ask = wf.AddRole(role, s => $"q{s.Value}", (s, reply) => s.Add(reply.Text));
        wf.Start(ask);
        wf.Branch(ask, b => b.When(s => s.Value == 2, Workflow.End).Otherwise(ask));

        await wf.Build().RunAsync(new(), Helpers.Runtime(client));

        var second = client.Calls[^1].Messages;
        Assert.Equal(messages, second.Count);
        Assert.Equal("q1", second[^1].Text);
        if (memory == MemoryPolicy.Conversation) Assert.Equal(["Hi.", "q0", "one", "q1"], second.Select(m => m.Text));
    }

    [Theory]
    [InlineData(400, new[] { "Hi.", "q0", "a0", "q1", "a1", "q2", "a2", "q3" })]
    [InlineData(5, new[] { "Hi.", "q1", "a1", "q2", "a2", "q3" })]
    [InlineData(2, new[] { "Hi.", "q2", "a2", "q3" })]
    public async Task Ask_LongConversation_ForgetsTheOldestExchangesWhole(int most, string[] remembered)
    {
        var role = Helpers.Role("solo") with { Instructions = "Hi.", Memory = MemoryPolicy.Conversation, MaxRememberedMessages = most };
        using var client = new ScriptedChatClient("a0", "a1", "a2", "a3");
        var wf = Workflow.CreateBuilder<Counter>("memory");
        var ask = wf.AddRole(role, s => $"q{s.Value}", (s, reply) => s.Add(reply.Text));
        wf.Start(ask);
        wf.Branch(ask, b => b.When(s => s.Value == 4, Workflow.End).Otherwise(ask));

        await wf.Build().RunAsync(new(), Helpers.Runtime(client));

        Assert.Equal(remembered, client.Calls[^1].Messages.Select(m => m.Text));
    }

    [Fact]
    public async Task Ask_InvalidAnswers_AreRecordedAndAskedAgainUnderNewSeeds()
    {
        using var client = new ScriptedChatClient("bad", "worse", "good");
        var workflow = Helpers.OneRole(Helpers.Role("solo"), validate: (_, r) => r.Text == "good" ? null : $"'{r.Text}' is not good");

        var result = await workflow.RunAsync(new(), Helpers.Runtime(client));

        Assert.Equal("good", result.State.Log);
        Assert.Equal(["solo/call-0", "solo/call-1", "solo/call-2"], result.Nodes.Select(n => n.Id));
        Assert.Equal([true, true, false], result.Nodes.Select(n => n.Error is not null));
        Assert.Equal(3, client.Calls.Select(c => c.Options.Seed).Distinct().Count());
        Assert.All(client.Calls, c => Assert.Single(c.Messages));
    }

    [Fact]
    public async Task Ask_NoValidAnswerLeft_Fails()
    {
        using var client = new ScriptedChatClient("bad");
        var workflow = Helpers.OneRole(Helpers.Role("solo"), new() { MaxAnswers = 2 }, (_, _) => "never good");

        var events = await workflow.StreamAsync(new(), Helpers.Runtime(client)).ReadAsync();

        Assert.Contains("never good", Assert.IsType<WorkflowFailed>(events[^1]).Exception.Message, StringComparison.Ordinal);
        Assert.Equal(2, events.Nodes().Count(n => n.Error is not null));
    }

    [Fact]
    public async Task Ask_Seeds_DifferPerVisitAndAreStableOverRuns()
    {
        var wf = Workflow.CreateBuilder<Counter>("seeds");
        var ask = wf.AddRole(Helpers.Role("solo"), _ => "?", (s, reply) => s.Add(reply.Text));
        wf.Start(ask);
        wf.Branch(ask, b => b.When(s => s.Value == 2, Workflow.End).Otherwise(ask));
        var workflow = wf.Build();

        async Task<long?[]> SeedsAsync(long run)
        {
            using var client = new ScriptedChatClient("x");
            await workflow.RunAsync(new(), Helpers.Runtime(client), new() { Seed = new(run) });
            return [.. client.Calls.Select(c => c.Options.Seed)];
        }

        var first = await SeedsAsync(1);
        Assert.Equal(first, await SeedsAsync(1));
        Assert.Equal(4, first.Concat(await SeedsAsync(2)).Distinct().Count());
        Assert.Equal(new SeedKey(1, Node: "solo", Visit: 1).ToSeed(), first[1]);
    }

    [Fact]
    public async Task Ask_TokenTrace_IsRecordedWithUsage()
    {
        var trace = new TokenTrace { PromptIds = [1, 2], CompletionIds = [3], LogProbs = [-1], Policy = new("m"), WeightsVersion = 4, Temperature = 1 };
        using var client = new ScriptedChatClient(ScriptedReply.Say("ok").With(r => r.AdditionalProperties = new() { [TokenTrace.PropertyName] = trace }));

        var result = await Helpers.OneRole(Helpers.Role("solo")).RunAsync(new(), Helpers.Runtime(client));

        Assert.Same(trace, result.Nodes[0].Tokens);
        Assert.Equal(new PolicyId("m"), result.Nodes[0].Policy);
        Assert.Equal(new TokenUsage(2, 1), result.Nodes[0].Usage);
    }
}
